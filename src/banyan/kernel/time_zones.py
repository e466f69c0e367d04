"""Time zones by the names of the IANA database."""

from functools import cache
from zoneinfo import available_timezones

from banyan.kernel.refusals import Problems
from banyan.kernel.texts import shown


@cache
def time_zone_names() -> frozenset[str]:
    """Every time zone: Europe/Berlin, UTC."""
    return frozenset(available_timezones())


def check_time_zone(field: str, value: object, problems: Problems, rule: str) -> None:
    """Note that a value is no time zone."""
    if not isinstance(value, str) or value not in time_zone_names():
        message = f"{shown(value)} is not a time zone such as Europe/Berlin or UTC."
        problems.add(field, "unknown_time_zone", message, rule, value)
