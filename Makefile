# The only commands a newcomer needs. `make run` opens the window; `make test` runs every test.

PYTHON ?= python3
FRONT_DOOR := $(PYTHON) -B -m tests.helpers.bootstrap
TOOL := .venv/bin
ONLY ?=

.DEFAULT_GOAL := help
.PHONY: help run test check format bench chaos freeze package smoke-frozen lock clean system-for-tests

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

run: ## open the window (installs what is missing, once)
	@$(FRONT_DOOR) run

test: ## run the tests, several at once; ONLY="tests/unit -k csv" names some
	@$(FRONT_DOOR) test $(ONLY)

check: ## lint, formatting, types, and who may import whom
	@$(FRONT_DOOR) tools
	$(TOOL)/ruff check .
	$(TOOL)/ruff format --check .
	$(TOOL)/pyright
	$(TOOL)/lint-imports

format: ## put the code into its one form
	@$(FRONT_DOOR) tools
	$(TOOL)/ruff check --fix .
	$(TOOL)/ruff format .

bench: ## measure, as ratios; ONLY=report names some
	@$(FRONT_DOOR) bench $(ONLY)

freeze: ## make the double-click program in dist/
	@$(FRONT_DOOR) freeze

package: ## make the Debian package and the portable archive in dist/
	@$(FRONT_DOOR) package

smoke-frozen: ## use the double-click program as a person would; ONLY="-k stop" names some
	@$(FRONT_DOOR) smoke-frozen $(ONLY)

chaos: ## kill every part hundreds of times while jobs run, and compare the books
	@$(FRONT_DOOR) chaos

lock: ## write the lock files anew; ONLY=--upgrade takes newer versions
	@$(FRONT_DOOR) lock $(ONLY)

system-for-tests: ## install the system packages that the tests need (as root)
	@$(FRONT_DOOR) system-for-tests

clean: ## remove what was built; .venv stays
	rm -rf build dist var .cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find backend desktop tests -name __pycache__ -type d -prune -exec rm -rf {} +
