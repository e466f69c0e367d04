"""Payers that can't be billed: exchange rates that are missing, data that can't be read (RUN-4)."""

from dataclasses import dataclass

from banyan.engine.bill import NoExchangeRate


@dataclass(frozen=True, slots=True)
class Unbillable:
    """A payer that could not be billed, and why."""

    account_id: int
    code: str
    message: str


def unbillable(payer: int, failure: Exception) -> Unbillable:
    """What is told about a payer that failed like this."""
    code = "no_exchange_rate" if isinstance(failure, NoExchangeRate) else type(failure).__name__
    return Unbillable(payer, code, reason_of(failure))


def reason_of(failure: Exception) -> str:
    """The first line of what a failure says."""
    return str(failure).splitlines()[0] if str(failure) else "no reason given"
