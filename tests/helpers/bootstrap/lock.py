"""Writes the two lock files anew from `pyproject.toml`, with the newest versions that fit together."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.helpers.bootstrap.console import Stop, quietly, say
from tests.helpers.bootstrap.environment import LOCKS
from tests.helpers.bootstrap.system import ROOT

UV = "uv==0.13.9"
OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--no-annotate",
    "--quiet",
)


def write(arguments: Sequence[str]) -> int:
    """Resolves anew; with the argument `--upgrade`, versions that are locked already may rise, too."""
    with tempfile.TemporaryDirectory(prefix="deskhand-lock-") as folder:
        python = Path(folder) / "bin" / "python"
        say(f"Making a passing virtual environment with {UV}")
        quietly([sys.executable, "-m", "venv", folder], "Making a virtual environment")
        quietly([str(python), "-m", "pip", "install", "-q", UV], f"Installing {UV}")
        env = {**os.environ, **package_sources(python)}
        for extra, target in (((), LOCKS["run"]), (("--group=dev", f"-c={LOCKS['run']}"), LOCKS["dev"])):
            say(f"Resolving {target}")
            command = [python.with_name("uv"), "pip", "compile", "pyproject.toml", *OPTIONS, *extra, *arguments]
            ended = subprocess.run([*command, "-o", target], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False)
            if ended.returncode:
                raise Stop(f"{target} could not be resolved; it may be half new. See above.")
    return 0


def package_sources(python: Path) -> dict[str, str]:
    """Where this machine's pip takes packages from, told to uv, which does not read pip's settings."""
    listing = subprocess.run(
        [str(python), "-m", "pip", "config", "list"], stdout=subprocess.PIPE, text=True, check=True
    )
    settings: dict[str, str] = {}
    for line in listing.stdout.splitlines():
        name, _, value = line.partition("=")
        settings[name.split(".", 1)[-1]] = value.strip("'")
    told = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    return {variable: settings[name] for name, variable in told.items() if name in settings}
