"""A rule says when a job is due, in the wall time of the machine. This is what the form asks and the record keeps."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Repeat = Literal["once", "minutes", "hours", "days", "weeks", "months", "years"]
DayOfMonth = Annotated[int, Field(ge=1, le=31)] | Literal["first", "last", "first_working", "last_working"]
INTERVALS = frozenset({"minutes", "hours"})
"""Counted anew on each day, from `at` to `until`."""


class Span(BaseModel):
    """Days on which nothing runs, the first and the last included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: dt.date
    last: dt.date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("The last day is before the first one.")
        return self


class Holidays(BaseModel):
    """Public holidays of a country (ISO 3166-1) and, where they differ, of a region (ISO 3166-2, its second half)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    country: str = Field(pattern=r"^[A-Z]{2}$")
    region: str | None = Field(default=None, max_length=40)

    @model_validator(mode="after")
    def _known(self) -> Self:
        from backend.queue.schedules.freedays import countries

        regions = countries().get(self.country)
        if regions is None:
            raise ValueError("The holidays of this country are not known. Choose another one.")
        if self.region is not None and self.region not in regions:
            raise ValueError("The holidays of this region are not known. Choose another one, or none.")
        return self


class Rule(BaseModel):
    """When. All times are the machine's wall time; seconds are always 0.

    `once`: on `starts_on` at `at`. `minutes`, `hours`: every so many, on each day from `at` until `until` (the end of
    the day when left out), on `weekdays` if any are named. `days`, `weeks` (on `weekdays`), `months` (on `day`, in a
    shorter month on its last day), `years` (on `day` of `month`): at `at`, every so many, counted from `starts_on`.
    Nothing runs after `ends_on`, on the days in `not_on`, or on `holidays`.
    A working day is Monday to Friday and no holiday.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    repeat: Repeat
    every: int = Field(default=1, ge=1, le=999)
    at: dt.time = dt.time(9, 0)
    until: dt.time | None = None
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = Field(default=(), description="0 is Monday.")
    day: DayOfMonth = 1
    month: int = Field(default=1, ge=1, le=12)
    starts_on: dt.date
    ends_on: dt.date | None = None
    not_on: tuple[Span, ...] = Field(default=(), max_length=200)
    holidays: Holidays | None = None

    @field_validator("at", "until")
    @classmethod
    def _whole_minutes(cls, value: dt.time | None) -> dt.time | None:
        return None if value is None else dt.time(value.hour, value.minute)

    @field_validator("weekdays")
    @classmethod
    def _in_week_order(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.repeat == "weeks" and not self.weekdays:
            raise ValueError("Choose at least one day of the week.")
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("The last day is before the first one.")
        if self.repeat in INTERVALS:
            if self.until is not None and self.until < self.at:
                raise ValueError("The last time of the day is before the first one.")
            if self.minutes > 24 * 60:
                raise ValueError("That is more than a day. Choose days instead.")
        if self.repeat == "years" and not isinstance(self.day, int):
            raise ValueError("Choose the day as a number.")
        return self

    @property
    def minutes(self) -> int:
        """The minutes between two runs of `minutes` and `hours`."""
        return self.every * (60 if self.repeat == "hours" else 1)
