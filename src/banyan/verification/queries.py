"""Verifying a tenant (REL-C)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection

from banyan.billruns.reading import one_moment
from banyan.verification.checks import CHECKS, Check
from banyan.verification.second_opinion.opinions import Opinion, how_many_looks, on_everything

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check looked at, how many faults it found, and the first of them in words."""

    check: Check
    looked_at: int
    faults: int
    shown: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.faults


def verify(checks: Iterable[Check] = CHECKS, on_check: Callable[[Check], object] = lambda check: None) -> list[Finding]:
    """Every check over the whole of the current tenant, as of one moment; `on_check` is told before each."""
    findings = []
    with one_moment():
        for check in checks:
            on_check(check)
            findings.append(_finding(check))
    return findings


def _finding(check: Check) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(check.looked_at)
        (looked_at,) = cursor.fetchone()
        cursor.execute(f"SELECT fault, count(*) OVER () FROM ({check.faults}) AS found(fault) LIMIT {MOST_SHOWN}")
        found = cursor.fetchall()
    return Finding(check, looked_at, found[0][1] if found else 0, tuple(sorted(fault for fault, _ in found)))


def verify_amounts(on_looks: Callable[[int, int], object] = lambda done, total: None) -> Opinion:
    """Every line of the current tenant worked out once more by other means, as of one moment (REL-E); `on_looks` is
    told how much of how much is done.
    """
    with one_moment():
        total = how_many_looks()
        return on_everything(lambda done: on_looks(done, total))
