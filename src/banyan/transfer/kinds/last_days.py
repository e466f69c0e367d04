"""Columns that name the last day of something (DAT-1)."""

from banyan.kernel.refusals import Problem
from banyan.transfer.columns import Record


def end_before_start(record: Record, start: str, rule: str) -> list[Problem]:
    """What is wrong with the column `until` where it lies before the day of the column `start`."""
    first, last = record.get(start), record.get("until")
    if first is None or last is None or last >= first:
        return []
    return [Problem("until", "before_date", f"{last} is before {first}, the first day", rule, last)]
