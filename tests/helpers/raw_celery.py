"""Celery alone, as it is with the settings that suit it best: what the queue is measured against."""

import os
from pathlib import Path

from celery import Celery

from tests.helpers.jobtypes.mark import mark

app = Celery("raw", broker=os.environ.get("RAW_BROKER", ""), set_as_current=False)
app.conf.update(
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    accept_content=["json"],
    task_serializer="json",
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)


def _mark(pipe: str, number: int) -> None:
    mark(Path(pipe), number)


app.task(name="raw.mark")(_mark)


def serve(pool: str) -> None:
    """A worker with two processes or threads, until it is told to end."""
    worker = app.Worker(
        pool=pool,
        concurrency=2,
        hostname="raw@localhost",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
