"""What a form asks, over the API of the host that is connected at the time."""

import uuid
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from desktop.client.drafts import Draft
from desktop.client.problems import UNREACHABLE, ApiError
from desktop.ui.backend import Backend
from desktop.ui.words import problem_words


@contextmanager
def _in_words() -> Generator[None]:
    try:
        yield
    except ApiError as error:
        error.message, error.hint = problem_words(error)
        raise


class BackendAsker:
    """The forms' `Asker`. Its failures carry words that can be shown as they are."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def rehearse(self, kind: str, params: dict[str, Any]) -> dict[str, Any]:
        """What would happen with these answers."""
        with _in_words():
            return await self._backend.api.rehearse(kind, params)

    async def options(self, kind: str, field: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        """What can be picked in a field."""
        with _in_words():
            return await self._backend.api.options(kind, field, params)

    async def start(self, draft: Draft, name: str) -> dict[str, Any]:
        """Queues the job and what follows it; asked again after a lost answer, it is still one job."""
        key = str(uuid.uuid4())
        with _in_words():
            try:
                return await self._backend.api.start(draft, name, key)
            except ApiError as error:
                if error.code != UNREACHABLE:
                    raise
                return await self._backend.api.start(draft, name, key)
