"""Which role it takes to do what (ORG-3): the one table of API and console, by the addresses of the API."""

from collections.abc import Collection
from dataclasses import dataclass

from django.http import HttpRequest

from banyan.organizations.roles import Role

BASE = "api/v1/"


@dataclass(frozen=True, slots=True)
class Needed:
    """The role that a request takes, where its subject lies: in the organization of every account that it names.

    `of_the_tenant`: the subject is the tenant's as a whole, so the role is needed in the root organization.
    `in_all`: a customer lies in the organizations of all its accounts, and the role is needed in each, not only in one.
    """

    role: Role
    of_the_tenant: bool = False
    in_all: bool = False


TO_READ = Needed(Role.VIEWER)
OPERATOR = Needed(Role.OPERATOR)
OPERATOR_OF_THE_TENANT = Needed(Role.OPERATOR, of_the_tenant=True)
MANAGER = Needed(Role.MANAGER)
MANAGER_OF_THE_TENANT = Needed(Role.MANAGER, of_the_tenant=True)
ADMINISTRATOR = Needed(Role.ADMINISTRATOR, of_the_tenant=True)

TO_CHANGE = {
    "customers": OPERATOR,
    "DELETE customers/*": Needed(Role.OPERATOR, in_all=True),
    "customers/*/parent": MANAGER,
    "accounts": OPERATOR,
    "accounts/*/parent": MANAGER,
    "accounts/*/responsible-account": MANAGER,
    "contracts": OPERATOR,
    "orders": OPERATOR,
    "subscriptions": OPERATOR,
    "subscriptions/*/who-pays": MANAGER,
    "subscription-groups": MANAGER,
    "charges": OPERATOR,
    "usage-events": OPERATOR,
    "discounts": MANAGER,
    "tax-exemptions": MANAGER,
    "invoices": MANAGER,
    "bill-runs": MANAGER_OF_THE_TENANT,
    "imports": OPERATOR_OF_THE_TENANT,
    "exports": OPERATOR_OF_THE_TENANT,
    "settings": ADMINISTRATOR,
    "owners": ADMINISTRATOR,
    "organizations": ADMINISTRATOR,
    "users": ADMINISTRATOR,
    "api-keys": ADMINISTRATOR,
    "account-types": ADMINISTRATOR,
    "account-categories": ADMINISTRATOR,
    "contact-categories": ADMINISTRATOR,
    "custom-fields": ADMINISTRATOR,
    "payment-terms": ADMINISTRATOR,
    "bill-cycles": ADMINISTRATOR,
    "products": ADMINISTRATOR,
    "prices": ADMINISTRATOR,
    "meters": ADMINISTRATOR,
    "tax-rates": ADMINISTRATOR,
}
"""By the beginning of an address, `*` for an id, the longest that fits. What is not in it takes an administrator."""

TO_READ_WHAT_IS_CLOSED = {
    "users": ADMINISTRATOR,
    "api-keys": ADMINISTRATOR,
    "history": ADMINISTRATOR,
    "trial-balance": MANAGER_OF_THE_TENANT,
    "imports": OPERATOR_OF_THE_TENANT,
    "exports": OPERATOR_OF_THE_TENANT,
}

ROLE_TO_RELATE = Role.MANAGER
RELATION_FIELDS = frozenset(("parent", "responsible_account", "payer", "group", "who_pays.customer"))
"""The fields that relate what is changed to somebody else, who then is above it or pays for it: also when something is
created with them, that takes a manager where that one lies."""


def changes_something(request: HttpRequest) -> bool:
    """Whether the request asks for a change at all."""
    return is_change(str(request.method), request.path)


def is_change(method: str, path: str) -> bool:
    """Whether a method at a path or a route changes something; a preview doesn't."""
    return method not in ("GET", "HEAD", "OPTIONS") and not path.endswith("/preview")


def needed_for(request: HttpRequest) -> Needed:
    """What the request takes."""
    match = request.resolver_match
    return needed_at(str(request.method), match.route if match else "")


def needed_at(method: str, route: str) -> Needed:
    """What a method takes at a route such as `api/v1/accounts/<account_id>`."""
    parts = ["*" if part[:1] in "<{" else part for part in route.strip("/").removeprefix(BASE).split("/")]
    if not is_change(method, route):
        return TO_READ_WHAT_IS_CLOSED.get(parts[0], TO_READ)
    for length in range(len(parts), 0, -1):
        address = "/".join(parts[:length])
        needed = TO_CHANGE.get(f"{method} {address}", TO_CHANGE.get(address))
        if needed is not None:
            return needed
    return ADMINISTRATOR


def in_words(needed: Needed, relating: Collection[str] = ()) -> str:
    """What it takes, as a client is told; `relating` are those of RELATION_FIELDS that it has."""
    where = "where everything that it names lies"
    if needed.of_the_tenant:
        where = "in the root organization"
    elif needed.in_all:
        where = "in the organization of each of its accounts"
    sentence = f"Takes the role {needed.role} {where} (ORG-3)"
    if needed.of_the_tenant or not relating or needed.role.includes(ROLE_TO_RELATE):
        return sentence
    return f"{sentence}; to name {' or '.join(sorted(relating))}, {ROLE_TO_RELATE} there"
