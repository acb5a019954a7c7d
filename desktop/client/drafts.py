"""What a form was filled in with: a job that could be queued, saved or scheduled, and what is to follow it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A job behind the one before it; `when` is how that one must end: `succeeded`, `failed` or `ended`."""

    kind: str
    params: dict[str, Any]
    name: str = ""
    when: str = "succeeded"

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "FollowUp":
        return cls(data["kind"], dict(data["params"]), data.get("name", ""), data.get("when", "succeeded"))

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        return {"kind": self.kind, "params": self.params, "name": self.name, "when": self.when}


@dataclass(frozen=True, slots=True)
class Draft:
    """A kind of job with its answers. What waits for the job `instead_of` is to wait for this one."""

    kind: str
    params: dict[str, Any]
    priority: str = "normal"
    follow_ups: list[FollowUp] = field(default_factory=list[FollowUp])
    instead_of: int | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Draft":
        follow_ups = [FollowUp.read(one) for one in data.get("follow_ups") or ()]
        return cls(data["kind"], dict(data["params"]), data.get("priority", "normal"), follow_ups)

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        follow_ups = [one.body() for one in self.follow_ups]
        return {"kind": self.kind, "params": self.params, "priority": self.priority, "follow_ups": follow_ups}
