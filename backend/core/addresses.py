"""One broker, two spellings: Celery and redis-py name a Unix socket differently."""

from pathlib import Path

from backend.core.paths import DataPaths
from backend.core.settings import Settings


def socket_of(paths: DataPaths) -> Path:
    """The Unix socket of the embedded broker."""
    return paths.broker_dir() / "broker.sock"


def redis_address(settings: Settings, paths: DataPaths) -> str:
    """As redis-py takes it."""
    return settings.broker_url or f"unix://{socket_of(paths)}?db=0"


def celery_address(settings: Settings, paths: DataPaths) -> str:
    """As Celery takes it."""
    return settings.broker_url or f"redis+socket://{socket_of(paths)}?virtual_host=0"
