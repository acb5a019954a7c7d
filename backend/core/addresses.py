"""One broker, two spellings: Celery and redis-py name a Unix socket differently."""

from backend.core.paths import DataPaths
from backend.core.settings import Settings


def redis_address(settings: Settings, paths: DataPaths) -> str:
    """As redis-py takes it."""
    return settings.broker_url or f"unix://{paths.broker_socket}?db=0"


def celery_address(settings: Settings, paths: DataPaths) -> str:
    """As Celery takes it."""
    return settings.broker_url or f"redis+socket://{paths.broker_socket}?virtual_host=0"
