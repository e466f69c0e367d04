"""What a check is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: `looked_at` counts the rows that it is about, `faults` describes those that break it: one row
    with one text for each.
    """

    rule: str
    says: str
    looked_at: str
    faults: str
