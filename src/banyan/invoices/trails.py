"""Who pays for a line, as the line keeps it (INV-4)."""

from collections.abc import Iterable, Sequence

from banyan.engine.result import Payer, Step


def stored_payer(trail: Sequence[Sequence[object]] | None, own_account: int) -> Payer:
    """The payer that a line keeps: [[rule, from, to]], or nothing where its own account pays."""
    steps = [Step("WHO-5", own_account, own_account)]
    if trail:
        steps = [Step(str(rule), int(str(start)), int(str(end))) for rule, start, end in trail]
    return Payer(steps[-1].to_account, steps[-1].rule, tuple(steps))


def accounts_in(payers: Iterable[Payer]) -> set[int]:
    """The accounts that the steps name."""
    return {account for payer in payers for step in payer.trail for account in (step.from_account, step.to_account)}
