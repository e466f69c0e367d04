"""The lists that accounts choose from, loaded for any number of accounts at once, with what is pre-selected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q

from banyan.accounts.models import AccountCategory, AccountType, BillCycle, Owner, PaymentTerm
from banyan.accounts.today import Days, days_now
from banyan.organizations.models import Organization
from banyan.organizations.queries import home_organization

Row = TypeVar("Row", bound=Model)

DEFAULT_PAYMENT_TERM = "Net 30"


@dataclass(frozen=True, slots=True)
class Choices:
    """What some accounts refer to, by row number, and what is taken where nothing is given."""

    bill_cycles: Mapping[int, BillCycle]
    categories: Mapping[int, AccountCategory]
    types: Mapping[int, AccountType]
    payment_terms: Mapping[int, PaymentTerm]
    owners: Mapping[int, Owner]
    organizations: Mapping[int, Organization]
    days: Days
    preselected: Mapping[str, int]
    """ACC-7, ACC-11: the first owner and category, the default type, Net 30, the root organization; by API field."""

    def rows(self, field: str) -> Mapping[int, Model]:
        """The rows that the account field of this API name can refer to."""
        by_field: Mapping[str, Mapping[int, Model]] = {
            "bill_cycle": self.bill_cycles,
            "category": self.categories,
            "type": self.types,
            "payment_term": self.payment_terms,
            "owner": self.owners,
            "organization": self.organizations,
        }
        return by_field[field]


def load_choices(referenced: Mapping[str, Iterable[int]]) -> Choices:
    """Everything that is referred to (field -> row numbers) or pre-selected, in one query a list."""

    def load(model: type[Row], field: str, preselected: Q) -> dict[int, Row]:
        return {row.pk: row for row in model._default_manager.filter(Q(pk__in=set(referenced[field])) | preselected)}

    def first(model: type[Model]) -> Q:
        return Q(pk__in=model._default_manager.order_by("pk").values("pk")[:1])

    home = home_organization()
    categories = load(AccountCategory, "category", first(AccountCategory))
    types = load(AccountType, "type", Q(default=True))
    payment_terms = load(PaymentTerm, "payment_term", Q(name=DEFAULT_PAYMENT_TERM))
    owners = load(Owner, "owner", first(Owner))
    organizations = load(Organization, "organization", Q(pk=home))
    candidates: Mapping[str, Iterable[int]] = {
        "category": sorted(categories),
        "type": (row.id for row in types.values() if row.default and row.active),
        "payment_term": (row.id for row in payment_terms.values() if row.name == DEFAULT_PAYMENT_TERM),
        "owner": sorted(owners),
        "organization": (number for number in organizations if number == home),
    }
    return Choices(
        bill_cycles=load(BillCycle, "bill_cycle", Q(pk__in=[])),
        categories=categories,
        types=types,
        payment_terms=payment_terms,
        owners=owners,
        organizations=organizations,
        days=days_now(),
        preselected={field: found for field, rows in candidates.items() if (found := next(iter(rows), None))},
    )
