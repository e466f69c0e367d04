"""What cells refer to: ids by the number, code, name or key that people write in files, read in sets."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, CharField, Count, Exists, F, Model, OuterRef, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from banyan.accounts.models import (
    Account,
    AccountCategory,
    AccountType,
    BillCycle,
    ContactCategory,
    Customer,
    Owner,
    PaymentTerm,
)
from banyan.catalog.models import Meter, Price, Product
from banyan.contracts.models import Contract
from banyan.kernel.ids import PREFIXES
from banyan.kernel.refusals import invalid
from banyan.kernel.texts import shown
from banyan.organizations.models import Organization
from banyan.subscriptions.models import Subscription, SubscriptionGroup, SubscriptionItem
from banyan.subscriptions.terms import prices_in_force


@dataclass(frozen=True, slots=True)
class Reference:
    """What a column can refer to: the words for it, its model and the unique field that files name it by."""

    words: str
    model: type[Model]
    field: str


REFERENCES = {
    "owner": Reference("owner with the invoice prefix", Owner, "invoice_prefix"),
    "organization": Reference("organization with the code", Organization, "code"),
    "account_type": Reference("account type named", AccountType, "name"),
    "account_category": Reference("account category named", AccountCategory, "name"),
    "contact_category": Reference("contact category named", ContactCategory, "name"),
    "bill_cycle": Reference("bill cycle named", BillCycle, "name"),
    "payment_term": Reference("payment term named", PaymentTerm, "name"),
    "customer": Reference("customer with the number", Customer, "number"),
    "account": Reference("account with the number", Account, "number"),
    "contract": Reference("contract with the number", Contract, "number"),
    "product": Reference("product with the code", Product, "code"),
    "price": Reference("price with the code", Price, "code"),
    "meter": Reference("meter with the key", Meter, "key"),
    "subscription": Reference("subscription with the number", Subscription, "number"),
}


def target_on(relation: type[Model], subject: str, target: str, path: str, day: date | OuterRef) -> Subquery:
    """The number of whom a row is linked to on the day; the row's own subject is found at `path`."""
    edges = relation._default_manager.filter(**{subject: OuterRef(path), "during__contains": day})
    return Subquery(edges.values(f"{target}__number")[:1])


def price_code(path: str = "") -> Coalesce:
    """The code of the price at the path, its public id where it has none."""
    made = Concat(Value(f"{PREFIXES['price']}_"), Cast(f"{path}id", CharField()))
    return Coalesce(f"{path}code", made)


def group_name(path: str = "") -> Case:
    """The name of the subscription group at the path; further ones of its payer with the same name get a number."""
    before = SubscriptionGroup.objects.filter(
        payer=OuterRef(f"{path}payer"), name=OuterRef(f"{path}name"), is_default=False, id__lt=OuterRef(f"{path}id")
    )
    count = Coalesce(Subquery(before.order_by().values("payer").annotate(count=Count("*")).values("count")), 0)
    numbered = Concat(F(f"{path}name"), Value(" ("), Cast(count + 1, CharField()), Value(")"))
    return Case(When(Exists(before), then=numbered), default=F(f"{path}name"))


def ids_by_text(refers_to: str, texts: Collection[str]) -> dict[str, int]:
    """The ids behind numbers, codes, names or keys; those that name nothing are left out."""
    reference = REFERENCES[refers_to]
    found = reference.model._default_manager.filter(**{f"{reference.field}__any_of": list(texts)})
    return dict(found.values_list(reference.field, "pk"))


NamedGroups = Mapping[tuple[int | None, str | None], Sequence[int]]
"""Groups by payer and name."""


def groups_named(names: Iterable[tuple[int | None, str | None]]) -> NamedGroups:
    """The groups of payers by their names, but for default groups."""
    given = {(payer, name) for payer, name in names if payer is not None and name is not None}
    groups = SubscriptionGroup.objects.filter(
        payer__id__any_of=[payer for payer, _ in given], name__any_of=[name for _, name in given], is_default=False
    )
    found: dict[tuple[int | None, str | None], list[int]] = defaultdict(list)
    for payer, name, group in groups.order_by("id").values_list("payer_id", "name", "id"):
        found[payer, name].append(group)
    return found


def group_of(payer: int | None, name: str | None, groups: NamedGroups) -> int | None:
    """The one group that a row names, if it does; refused when there is none or are several."""
    if payer is None and name is None:
        return None
    found = groups.get((payer, name), [])
    if len(found) != 1:
        message = f"{len(found)} groups of that payer are named {shown(name)}"
        raise invalid("group.name", "unknown" if not found else "ambiguous_group", message, "GRP-1", name)
    return found[0]


def items_by_price(subscription_id: int, on: date) -> dict[int, list[int]]:
    """The items of a subscription by the price that they have on a day."""
    items = SubscriptionItem.objects.filter(subscription=subscription_id).order_by("id")
    found: dict[int, list[int]] = defaultdict(list)
    for item, price in prices_in_force(list(items), on).items():
        found[price].append(item)
    return found
