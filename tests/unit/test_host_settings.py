"""What the host reads of the settings by itself."""

import subprocess
import sys

import pytest

from backend.core.settings import Settings
from backend.host.own_settings import HostSettings, host_settings
from tests.helpers.tree import ROOT


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"DESKHAND_DATA_DIR": "/srv/desk"},
        {"DESKHAND_BROKER_URL": "redis://there/0", "DESKHAND_LOG_LEVEL": "WARNING"},
        {"DESKHAND_VALKEY": "/usr/bin/redis-server"},
    ],
)
def test_the_host_reads_its_settings_as_every_part_does(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATA_DIR", "BROKER_URL", "LOG_LEVEL", "VALKEY"):
        monkeypatch.delenv(f"DESKHAND_{name}", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    whole = Settings()
    assert host_settings() == HostSettings(whole.data_dir, whole.broker_url, whole.log_level, whole.valkey)


def test_the_host_is_there_before_it_loads_pydantic_or_a_database_library() -> None:
    program = (
        "import backend.host.supervisor, sys;"
        "print(*sorted(set(sys.modules) & {'pydantic', 'sqlalchemy', 'alembic', 'redis'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
