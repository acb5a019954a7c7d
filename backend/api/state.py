"""What the routes of one running API share."""

from dataclasses import dataclass
from typing import Annotated

import redis.asyncio as redis
from fastapi import Depends
from starlette.requests import HTTPConnection

from backend.api.dispatcher import Dispatcher
from backend.api.hub import Hub
from backend.api.scheduler import Scheduler
from backend.core.events import JobChanged
from backend.core.paths import DataPaths
from backend.core.settings import Settings
from backend.core.views import JobView
from backend.store.record import Record


@dataclass
class ApiState:
    """The parts."""

    settings: Settings
    paths: DataPaths
    record: Record
    hub: Hub
    dispatcher: Dispatcher
    scheduler: Scheduler
    redis: redis.Redis
    token: str

    def changed(self, job: JobView) -> JobView:
        """Announces a job that was changed and committed here, and lets the dispatcher look."""
        return self.all_changed([job])[0]

    def all_changed(self, several: list[JobView]) -> list[JobView]:
        """The same for several."""
        for job in several:
            self.hub.publish_soon(JobChanged(job=job))
        self.dispatcher.nudge()
        return several


def api_state(connection: HTTPConnection) -> ApiState:
    """The parts behind a request."""
    return connection.app.state.parts


async def _parts(connection: HTTPConnection) -> ApiState:
    # A plain function would be called in a thread of its own for every request.
    return api_state(connection)


State = Annotated[ApiState, Depends(_parts)]
