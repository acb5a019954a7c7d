"""The reference of the API in a real browser, which has no way to the internet."""

import subprocess
from pathlib import Path

from tests.helpers.running_host import running_host

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-logging=stderr",
    "--virtual-time-budget=20000",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def test_the_reference_opens_in_a_browser_without_the_internet(tmp_path: Path) -> None:
    with running_host(tmp_path / "data") as host:
        page = host.said.base.removesuffix("/api/v1") + "/docs"
        seen = subprocess.run(
            ["chromium", *QUIET, f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom", page],
            capture_output=True,
            text=True,
            timeout=90,
            check=True,
        )
        shape = host.client.get(page.replace("/docs", "/openapi.json")).json()
    assert "CONSOLE" not in seen.stderr
    for path, operations in shape["paths"].items():
        assert f'data-path="{path}"' in seen.stdout
        for method in operations:
            assert f"opblock-{method}" in seen.stdout
