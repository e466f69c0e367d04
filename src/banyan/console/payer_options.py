"""Who is to pay for a subscription (WHO-1): the ways to choose from, each with the payer named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from banyan.accounts.models import Account, Customer
from banyan.console import localized
from banyan.console.payers import describe_payers
from banyan.customers.actions.preview_payer import preview_payers
from banyan.engine.facts import WhoPaysMode
from banyan.engine.result import Payer
from banyan.foundation.queries import read_settings
from banyan.kernel.refusals import Refusal
from banyan.organizations.access_scope import in_scope
from banyan.relations.queries import customer_ancestors
from banyan.subscriptions.inputs import WhoPaysChoice
from banyan.subscriptions.models import SubscriptionGroup
from banyan.subscriptions.who_pays import PayerQuestion

WAYS = {
    "": "By default",
    WhoPaysMode.CUSTOMER_CONSOLIDATED: "The customer, with its other subscriptions",
    WhoPaysMode.CUSTOMER_SEPARATE: "The customer, on an invoice of its own",
    WhoPaysMode.PARENT: "Its parent",
    WhoPaysMode.ELDEST_ANCESTOR: "Its eldest ancestor",
}
MODES = {**{way: f"{text[:1].lower()}{text[1:]}" for way, text in WAYS.items() if way}, "ancestor": "a named ancestor"}
"""The ways in the middle of a sentence, by mode."""


@dataclass(frozen=True, slots=True)
class Option:
    """A way to choose who pays; `says` names the payer, or why it can't be chosen."""

    value: str
    text: str
    says: str
    possible: bool


def payer_options(
    account: Account, on: date, with_nothing: bool = True, group: SubscriptionGroup | None = None
) -> list[Option]:
    """Every way that there is for the account's customer on the day, in the group if there is one. None to choose while
    who pays is off (WHO-1)."""
    if not read_settings().enable_who_pays:
        return []
    above = customer_ancestors(account.customer_id, on)
    named = Customer.reachable.in_bulk(in_scope(Customer, above))
    ways = [(value, text) for value, text in WAYS.items() if above or value not in ("parent", "eldest_ancestor")]
    ways += [(f"ancestor:{each}", f"{named[each].name}, by name") for each in above if each in named]
    asked = [(value, text) for value, text in ways if value or with_nothing]
    number = group.pk if group else None
    answers = preview_payers([PayerQuestion(account, on, choice_of(value), number) for value, _ in asked])
    return _options(asked, answers, on, f", with the group {group.name}" if group else "")


def choice_of(value: str) -> WhoPaysChoice | None:
    """What a way to choose means: `parent`, `ancestor:12`; None for nothing."""
    mode, _, customer = value.partition(":")
    return WhoPaysChoice(mode, int(customer) if customer else None) if mode else None


def _options(
    ways: Sequence[tuple[str, str]], answers: Sequence[Payer | Refusal], on: date, together: str
) -> list[Option]:
    told = iter(describe_payers([answer for answer in answers if isinstance(answer, Payer)], on))
    options = []
    for (value, text), answer in zip(ways, answers, strict=True):
        if isinstance(answer, Refusal):
            says = localized.sentence(str(answer))
            options.append(Option(value, text, f"Not possible: {says}.", False))
        else:
            payer = next(told)
            options.append(Option(value, text, f"The invoice goes to {payer.name}{together}.", True))
    return options
