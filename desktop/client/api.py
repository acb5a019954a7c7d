"""Calls to the backend. Each is a coroutine that returns data or raises `ApiError`."""

import asyncio
import ssl
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import quote

import httpx

from desktop.client.announcement import Announcement
from desktop.client.drafts import Draft
from desktop.client.problems import STRANGE_ANSWER, UNREACHABLE, ApiError
from desktop.client.shapes import Artifact, Job, JobDetail, JobPage, JobType, KindSwitch, LogPage, Queue

Verb = Literal["stop", "pause", "resume", "retry", "rerun"]
Where = Literal["up", "down", "top", "bottom"]
Leave = Literal["finish", "pause", "stop"]
Rest = Literal["stop", "keep"]
"""What becomes of the jobs that wait for one that is stopped or removed."""


class Api:
    """The API of one host, at one address, with one token."""

    def __init__(self, announcement: Announcement) -> None:
        self.announcement = announcement
        self._closed = False
        self._under_way: set[asyncio.Task[Any]] = set()
        self._http = httpx.AsyncClient(
            base_url=announcement.base,
            headers={"Authorization": f"Bearer {announcement.token}"},
            timeout=httpx.Timeout(30, connect=5, pool=30),
            trust_env=False,
            # The address is one of this computer, without TLS: a context that trusts nobody spares the reading of all
            # the certificates that httpx brings.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    async def close(self) -> None:
        """Refuses further calls, gives those under way a moment to fail, and closes the connections.

        httpx loses sight of a connection that is being made while it closes.
        """
        self._closed = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=1)
        await self._http.aclose()

    async def ask(self, method: str, path: str, *, body: Any = None, query: Any = None, patience: float = 30) -> Any:
        """One call; returns the JSON of the answer, None for an empty one. `patience` is in seconds."""
        if self._closed:
            raise ApiError(UNREACHABLE, "The host has gone, or moved.")
        me = asyncio.current_task()
        assert me is not None
        self._under_way.add(me)
        try:
            answer = await self._http.request(method, path, json=body, params=query, timeout=patience)
        except httpx.TimeoutException as error:
            raise ApiError(UNREACHABLE, "No answer came in time.") from error
        except (httpx.TransportError, RuntimeError) as error:
            # httpx raises RuntimeError for a call that is under way when the client is closed.
            raise ApiError(UNREACHABLE, "There was no answer.") from error
        finally:
            self._under_way.discard(me)
        if answer.status_code == 204 or (answer.is_success and not answer.content):
            return None
        try:
            data = answer.json()
        except ValueError as error:
            raise ApiError(STRANGE_ANSWER, "The answer was not JSON.", status=answer.status_code) from error
        if not answer.is_success:
            raise ApiError.read(answer.status_code, data)
        return data

    async def ready(self) -> bool:
        """Whether every part of the backend is up."""
        try:
            return bool((await self.ask("GET", "/ready", patience=3))["ready"])
        except ApiError:
            return False

    async def job_types(self) -> list[JobType]:
        """The kinds of jobs, in the order they are shown."""
        return [JobType.read(item) for item in await self.ask("GET", "/job-types")]

    async def switches(self) -> list[KindSwitch]:
        """The kinds of jobs that are off until they are switched on."""
        return [KindSwitch.read(item) for item in await self.ask("GET", "/job-types/switches")]

    async def switch(self, kind: str, on: bool) -> KindSwitch:
        """Switches such a kind on or off."""
        return KindSwitch.read(await self.ask("PUT", f"/job-types/{quote(kind)}/switch", body={"on": on}))

    async def rehearse(self, kind: str, params: dict[str, Any]) -> dict[str, Any]:
        """What would happen if a job with these answers were started."""
        return await self.ask("POST", f"/job-types/{quote(kind)}/rehearsal", body={"params": params}, patience=120)

    async def options(self, kind: str, field: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        """What can be picked in a field, given the answers so far."""
        body = {"field": field, "params": params}
        return (await self.ask("POST", f"/job-types/{quote(kind)}/options", body=body, patience=120))["options"]

    async def start(self, draft: Draft, name: str, request_key: str) -> dict[str, Any]:
        """Queues a job and what follows it; the same `request_key` twice is the same job. Returns its view as JSON."""
        body = {**draft.body(), "request_key": request_key}
        if name:
            body["name"] = name
        if draft.instead_of is not None:
            body["instead_of"] = draft.instead_of
        return await self.ask("POST", "/jobs", body=body)

    async def jobs(
        self,
        *,
        states: Sequence[str] = (),
        kind: str = "",
        search: str = "",
        sort: str = "created",
        descending: bool = True,
        limit: int = 200,
        cursor: str | None = None,
    ) -> JobPage:
        """One page of the list of jobs."""
        query: list[tuple[str, str | int]] = [("state", state) for state in states]
        query += [(name, value) for name, value in (("kind", kind), ("search", search), ("cursor", cursor)) if value]
        query += [("sort", sort), ("order", "desc" if descending else "asc"), ("limit", limit)]
        return JobPage.read(await self.ask("GET", "/jobs", query=query))

    async def job(self, job: int) -> JobDetail:
        """One job with everything that is known of it."""
        return JobDetail.read(await self.ask("GET", f"/jobs/{job}"))

    async def act(self, job: int, verb: Verb, rest: Rest | None = None) -> Job:
        """Stops, pauses, resumes, retries or reruns a job; rerun answers with the new one.

        Raises `ApiError` with the code `job.has_dependents` where others wait for a job that is to be stopped, and
        `rest` does not say what becomes of them.
        """
        return Job.read(await self.ask("POST", f"/jobs/{job}/{verb}", body={"dependents": rest} if rest else None))

    async def move(self, job: int, where: Where) -> Job:
        """Moves a waiting job in the line."""
        return Job.read(await self.ask("POST", f"/jobs/{job}/move", body={"where": where}))

    async def change(self, job: int, **what: str) -> Job:
        """Changes priority or name."""
        return Job.read(await self.ask("PATCH", f"/jobs/{job}", body=what))

    async def remove(self, job: int, rest: Rest | None = None) -> None:
        """Takes an ended job off the list; its result files stay. `rest` as in `act`."""
        await self.ask("DELETE", f"/jobs/{job}", query={"dependents": rest} if rest else None)

    async def artifacts(self, job: int) -> list[Artifact]:
        """The result files of a job."""
        return [Artifact.read(item) for item in await self.ask("GET", f"/jobs/{job}/artifacts")]

    async def log(self, job: int, attempt: int | None, after: int, limit: int = 500, search: str = "") -> LogPage:
        """A stretch of a log from the byte `after` on; without `attempt`, of the last run.

        With `search`, the lines that hold this text; `next` is where to search on.
        """
        query: dict[str, int | str] = {"after": after, "limit": limit}
        if search:
            query["search"] = search
        if attempt is not None:
            query["attempt"] = attempt
        return LogPage.read(await self.ask("GET", f"/jobs/{job}/log", query=query))

    async def queue(self) -> Queue:
        """The queue as a whole."""
        return Queue.read(await self.ask("GET", "/queue"))

    async def set_queue(self, **what: bool | int) -> Queue:
        """Pauses or resumes the queue, or sets how many jobs run at once."""
        return Queue.read(await self.ask("PATCH", "/queue", body=what))

    async def stop_host(self, how: Leave) -> None:
        """Asks the host to end."""
        await self.ask("POST", "/host/stop", body={"how": how})
