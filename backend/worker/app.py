"""The Celery app: the one generic task, and the question that a form asks. Settings as measured for this use."""

import functools
import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from celery import Celery

from backend.core.addresses import celery_address, redis_address
from backend.core.paths import DataPaths
from backend.core.settings import settings
from backend.queue.dispatch import SLOTS, Delivery, Way
from backend.store.record import get_option, record
from backend.worker import transport
from backend.worker.places import Places
from backend.worker.publisher import Publisher
from backend.worker.sending import Sender

TEN_YEARS = 315_360_000
RUN = "deskhand.run"
ASK = "deskhand.ask"
END = "deskhand_end"
STAND_BY = "backend.worker.standing:strategy"
ANSWER_SECONDS = 60


def task_id(job_id: int, delivery: int) -> str:
    """What Celery calls the message of one delivery; unique, so that logs can be read."""
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
    transport.use()
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
    app.task(name=RUN, Strategy=STAND_BY)(_run)
    app.task(name=ASK, soft_time_limit=ANSWER_SECONDS)(_ask)
    return app


@functools.cache
def sender() -> Sender:
    """The sender of this process."""
    return Sender(redis_address(settings(), data_paths()))


def send_delivery(delivery: Delivery) -> None:
    """Raises kombu's OperationalError where there is no broker; one that dies now loses the message.

    The record's recovery sends that again, as it does with those which the broker had.
    """
    arguments = [delivery.job.id, delivery.number, *([] if delivery.beside is None else [delivery.beside])]
    sender().send(RUN, arguments, task_id(delivery.job.id, delivery.number), sure=False)


def _run(job_id: int, delivery: int, beside: int | None = None) -> None:
    _carry(run_one, job_id, delivery, beside)


def _ask(*question: Any) -> None:
    _carry(answer_one, *question, limit=ANSWER_SECONDS)


def _carry(work: Callable[..., object], *arguments: Any, limit: float | None = None) -> None:
    if settings().pool == "threads":
        places().carry(work, *arguments, limit=limit)
    else:
        work(*arguments)


@functools.cache
def places() -> Places:
    """The processes that a pool of threads lets work: one for each slot, and one for what forms ask."""
    return Places(slots() + 1)


def run_one(job_id: int, delivery: int, beside: int | None = None) -> None:
    """Runs one delivery of a job, in this process."""
    from backend.worker.runner import run_delivery

    run_delivery(record(), data_paths(), publisher(), job_id, delivery, beside, _way())


@functools.cache
def _way() -> Way | None:
    """How the slot of a job that ends here is handed on; on a server's record the dispatcher sees to that."""
    return Way(settings().slots, send_delivery, ahead=True) if record().is_sqlite else None


def answer_one(question: str, kind: str, field: str, params: dict[str, Any], reply_to: str) -> None:
    """Answers what a form asks, in this process."""
    import redis

    from backend.worker.questions import CHANGES_NOTHING, NOT_WANTED, answer
    from backend.worker.wanted import NotWantedError, while_wanted

    with redis.Redis.from_url(redis_address(settings(), data_paths())) as client:
        try:
            with while_wanted(client, reply_to) if question in CHANGES_NOTHING else nullcontext():
                found = answer(question, kind, field, params)
        except NotWantedError:
            found = NOT_WANTED
        with client.pipeline() as together:
            together.rpush(reply_to, json.dumps(found))
            together.expire(reply_to, ANSWER_SECONDS)
            together.execute()


def slots() -> int:
    """How many jobs run at once, as the record says now."""
    with record().read() as connection:
        return get_option(connection, SLOTS, settings().slots)
