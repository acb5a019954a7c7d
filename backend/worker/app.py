"""The Celery app: the one generic task, and the question that a form asks. Settings as measured for this use."""

import functools
import json
import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_ready

from backend.core.addresses import celery_address, redis_address
from backend.core.clock import boot_id, machine_id, now, process_start
from backend.core.paths import DataPaths
from backend.core.settings import settings
from backend.queue.dispatch import SLOTS
from backend.store.record import get_option, record
from backend.store.schema import workers
from backend.worker.publisher import Publisher

TEN_YEARS = 315_360_000
RUN = "deskhand.run"
ASK = "deskhand.ask"
ANSWER_SECONDS = 60


def task_id(job_id: int, delivery: int) -> str:
    """What Celery calls the message of one delivery; by it its bearer can be ended."""
    return f"{job_id}-{delivery}"


def data_paths() -> DataPaths:
    """The layout of this process's data folder."""
    return DataPaths(settings().data_dir)


@functools.cache
def publisher() -> Publisher:
    """The publisher of this process."""
    return Publisher(redis_address(settings(), data_paths()))


@functools.cache
def celery_app() -> Celery:
    """The app, the same for sender and worker."""
    app = Celery("deskhand", broker=celery_address(settings(), data_paths()), set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        task_acks_on_failure_or_timeout=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        worker_send_task_events=False,
        task_publish_retry=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_transport_options={
            "visibility_timeout": TEN_YEARS,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
        },
        accept_content=["json"],
        task_serializer="json",
        worker_hijack_root_logger=False,
        worker_enable_remote_control=True,
    )
    app.task(name=RUN)(_run)
    app.task(name=ASK, soft_time_limit=ANSWER_SECONDS)(_ask)
    return app


def _run(job_id: int, delivery: int) -> None:
    from backend.worker.runner import run_delivery

    run_delivery(record(), data_paths(), publisher(), job_id, delivery)


def _ask(question: str, kind: str, field: str, params: dict[str, Any], reply_to: str) -> None:
    import redis

    from backend.worker.questions import answer

    with redis.Redis.from_url(redis_address(settings(), data_paths())) as client, client.pipeline() as together:
        together.rpush(reply_to, json.dumps(answer(question, kind, field, params)))
        together.expire(reply_to, ANSWER_SECONDS)
        together.execute()


def serve() -> int:
    """Runs a worker until it is told to end. Returns its exit status."""
    from celery.apps.worker import Worker

    def begin(**_: Any) -> None:
        record().after_fork()
        from backend.core.processes import die_with_parent

        die_with_parent()

    def ready(**_: Any) -> None:
        _register()

    worker_process_init.connect(begin, weak=False)
    worker_ready.connect(ready, weak=False)
    made: Worker = celery_app().Worker(
        pool=settings().pool,
        concurrency=_slots() + 1,
        hostname=f"deskhand-{os.getpid()}@{machine_id()}",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel=settings().log_level,
        quiet=True,
    )
    made.start()
    return made.exitcode or 0


def _slots() -> int:
    with record().read() as connection:
        slots = get_option(connection, SLOTS, settings().slots)
    record().close()
    return slots


def _register() -> None:
    import sqlalchemy as sa

    pid, moment = os.getpid(), now().timestamp()
    with record().write(durable=False) as connection:
        connection.execute(sa.delete(workers).where(workers.c.machine == machine_id()))
        connection.execute(
            sa.insert(workers).values(
                name=f"{machine_id()}-{pid}",
                machine=machine_id(),
                boot=boot_id(),
                pid=pid,
                pid_start=process_start(pid),
                ready_at=moment,
                seen_at=moment,
                slots=settings().slots,
                own=settings().parent_pid != 0,
            )
        )
    record().close()
