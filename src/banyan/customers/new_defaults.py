"""Whether an account can become its customer's default account: what the one before stands for has to hold with it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from banyan.accounts.models import Account, AccountStatus
from banyan.accounts.today import today, today_of_customers
from banyan.customers.queries import customers_that_pay
from banyan.kernel.refusals import Kind, Problems, Refusal
from banyan.organizations.roles import Role
from banyan.relations.models import CustomerParent
from banyan.relations.payers_in_scope import Act, Pays, refuse_payers_beyond

BY_DEFAULT = Act(
    Role.OPERATOR,
    "is_default",
    True,
    "As the default account, with whoever is responsible for it, it leads to",
    "let somebody do it who reaches both.",
)


@dataclass(frozen=True, slots=True)
class NewDefault:
    """An account, stored or not, that is to be the default one, and what is wrong with that."""

    account: Account
    problems: Problems


def check_new_defaults(new: Sequence[NewDefault]) -> None:
    """A customer in a hierarchy keeps its owner (OWN-3), and one that pays for subscriptions can take them (WHO-4).

    Whoever is responsible for the new one comes to pay for them with it, so the caller reaches that one (ORG-3).
    """
    if not new:
        return
    customers = {each.account.customer_id for each in new}
    linked, payers = linked_customers(customers), customers_that_pay(customers)
    held = {old.customer_id: old for old in Account.objects.filter(customer_id__in=customers, is_default=True)}
    for each in new:
        account, old = each.account, held[each.account.customer_id]
        if account.customer_id in linked and old.owner_id != account.owner_id:
            message = "The customer is in a hierarchy of another owner than this account's."
            each.problems.add("is_default", "other_owner", message, "OWN-3", True, Kind.CONFLICT)
        fits = (old.owner_id, old.currency) == (account.owner_id, account.currency)
        if account.customer_id in payers and not (fits and account.status == AccountStatus.ACTIVE):
            message = (
                f"The customer pays for subscriptions or charges in {old.currency}; "
                "its default account must be active and fit them."
            )
            each.problems.add("is_default", "payer_cannot_take_it", message, "WHO-4", True, Kind.CONFLICT)
        if account.customer_id in linked | payers and account.pk is not None:
            _check_responsible(account, old, each.problems)


def _check_responsible(account: Account, old: Account, problems: Problems) -> None:
    day = today(account.owner_id)
    before, after = (Pays(account.customer_id, one.pk, day, None) for one in (old, account))
    try:
        refuse_payers_beyond([before], [after], {}, BY_DEFAULT)
    except Refusal as refusal:
        problems.take(refusal)


def linked_customers(customer_ids: Collection[int]) -> set[int]:
    """Those of the customers that have a parent or children today or later."""
    day = min(today_of_customers(customer_ids).values(), default=today())
    either = Q(customer_id__in=customer_ids) | Q(parent_id__in=customer_ids)
    edges = CustomerParent.objects.filter(either, during__overlap=DateRange(day, None))
    return {number for edge in edges.values_list("customer_id", "parent_id") for number in edge}
