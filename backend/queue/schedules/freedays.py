"""Public holidays by country and region, from the `holidays` library: offline, and loaded when a rule asks for them."""

import datetime as dt
import functools


@functools.cache
def countries() -> dict[str, tuple[str, ...]]:
    """The countries whose holidays are known (ISO 3166-1), each with its regions."""
    import holidays

    return {
        code: tuple(regions)
        for code, regions in sorted(holidays.list_supported_countries(include_aliases=False).items())
    }


@functools.lru_cache(maxsize=256)
def _of_year(country: str, region: str | None, year: int) -> frozenset[dt.date]:
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))


def is_holiday(country: str, region: str | None, day: dt.date) -> bool:
    """Whether the day is a public holiday there."""
    return day in _of_year(country, region, day.year)
