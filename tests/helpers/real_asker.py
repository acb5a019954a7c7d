"""An asker that has the real job type answer, so that form and backend are held together without a host between."""

import asyncio
from typing import Any

from backend.core.errors import UserError
from backend.jobtypes.contract import JobType
from backend.queue.checking import checked
from tests.helpers.fake_asker import FakeAsker, Json, Refusal


class RealAsker(FakeAsker):
    """Options and rehearsals come from the job type; every question is kept."""

    def __init__(self, job_type: JobType[Any]) -> None:
        super().__init__()
        self._job_type = job_type

    async def rehearse(self, kind: str, params: Json) -> Json:
        self.rehearsals.append(params)
        rehearse = self._job_type.rehearse
        assert rehearse is not None
        try:
            return (await asyncio.to_thread(lambda: rehearse(checked(self._job_type, params)))).model_dump()
        except UserError as error:
            raise Refusal(error.message, error.hint, error.fields) from error

    async def options(self, kind: str, field: str, params: Json) -> list[Json]:
        self.asked.append((field, params))
        options = self._job_type.options
        assert options is not None
        try:
            return [each.model_dump() for each in await asyncio.to_thread(lambda: options(field, params))]
        except UserError as error:
            raise Refusal(error.message, error.hint, error.fields) from error
