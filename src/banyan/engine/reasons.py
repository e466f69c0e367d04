"""The steps that led to a payer, in words (WHO-6)."""

from collections.abc import Mapping

from banyan.engine.result import Step

ANOTHER = "another account"
SUBSCRIPTION = "subscription"
CHARGE = "one-time charge"


def what_is_paid(subscription: object | None, charge: object | None) -> str:
    """What somebody was chosen to pay for (WHO-1): the subscription, or a charge that is of none (SUB-7)."""
    return CHARGE if charge is not None and subscription is None else SUBSCRIPTION


def because(step: Step, account_label: Mapping[int, str], day: str, what: str = SUBSCRIPTION) -> str:
    """A sentence for one step; `account_label` is what to call each account that whoever reads it may know of, `day`
    the day that is told of, as that reader writes days, `what` is paid.
    """
    start, end = (account_label.get(account, ANOTHER) for account in (step.from_account, step.to_account))
    sentence = _sentence(step, start, end, day, what)
    return f"A{sentence[1:]}" if sentence.startswith(ANOTHER) else sentence


def _sentence(step: Step, start: str, end: str, day: str, what: str) -> str:
    match step.rule:
        case "WHO-1":
            return f"The {what} of {start} is paid by {end}."
        case "BHI-1":
            return f"{end} is responsible for {start} on {day}, so it gets the invoice."
        case "SUB-6":
            return f"{end} was invoiced for the line that this one corrects, so it gets the correction."
        case "WHO-5":
            return f"{end} pays for itself: nobody else was chosen or is responsible for it on {day}."
        case _:
            raise ValueError(f"No step of a payer's trail has rule {step.rule}.")
