"""What a change does to the lines of a subscription on the next invoices (SUB-9): which go, stay and come."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from banyan.billruns.actions.preview_change import NextInvoices
from banyan.engine.result import Line

STAYS, GOES, COMES = "", "removed", "new"
_ORDER = (GOES, STAYS, COMES)


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of before, of after or of both; `change` is STAYS, GOES or COMES."""

    line: Line
    change: str


def shown(preview: NextInvoices) -> dict[str, Any]:
    """What change.html shows of a preview."""
    return {
        "next": preview,
        "lines": compared(preview),
        "difference": preview.total_after - preview.total_before,
    }


def compared(preview: NextInvoices) -> list[Compared]:
    """Every line once, by what it is for and when; what goes stands before what comes in its place."""
    after = Counter(map(_told, preview.after))
    found = []
    for line in preview.before:
        stays = after[_told(line)] > 0
        after[_told(line)] -= 1
        found.append(Compared(line, STAYS if stays else GOES))
    for line in preview.after:
        if after[_told(line)] > 0:
            after[_told(line)] -= 1
            found.append(Compared(line, COMES))
    return sorted(found, key=lambda each: (each.line.description, each.line.period.start, _ORDER.index(each.change)))


def _told(line: Line) -> tuple[Any, ...]:
    """What a reader can tell lines apart by."""
    return (line.description, line.period, line.quantity, line.net, line.tax, line.total)
