"""Customer Summary (CON-2): who it is, its accounts, and where it stands among customers."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from banyan.accounts.models import Account, Customer, CustomSubject
from banyan.accounts.postal import address_lines
from banyan.accounts.queries import country_of_owner
from banyan.accounts.queries import customers as customers_in_scope
from banyan.accounts.today import today_of_customer
from banyan.console.account_lists import AccountsOfCustomer, further_columns
from banyan.console.confirming import asked
from banyan.console.descriptions import ENTRIES, custom_values, describe_history, entries_of
from banyan.console.page import PageRequest, lead_to, page, show
from banyan.customers.actions.delete_customer import delete_customer as delete
from banyan.foundation.queries import read_settings
from banyan.relations.queries import customer_hierarchy


@page()
def customer(request: PageRequest, customer: int) -> HttpResponse:
    """The summary; where customers have one account each, that account's page instead (CUS-7)."""
    row, settings = Customer.reachable.get(pk=customer), read_settings()
    accounts = Account.reachable.filter(customer=customer).order_by("-is_default", "number")
    if not settings.allow_multi_customer_accounts:
        return lead_to(request, reverse("account", kwargs={"account": accounts[0].pk}))
    related = accounts.select_related("bill_cycle", "type", "category", "organization", "payment_term")
    context = {
        "table": AccountsOfCustomer(request, related, extra=further_columns(AccountsOfCustomer)),
        "settings": settings,
    }
    return show(request, "customer.html", context | about_customer(row))


def about_customer(row: Customer) -> dict[str, Any]:
    """What is told of a customer: on its summary, or on the page of its account where there is none (CUS-7)."""
    home = country_of_owner(row.pk)
    told: dict[str, Any] = {
        "customer": row,
        "addresses": [
            ("Billing address", address_lines(row.billing_address, home)),
            ("Service address", address_lines(row.service_address, home)),
            ("Shipping address", address_lines(row.shipping_address, home)),
        ],
        "customer_fields": custom_values(CustomSubject.CUSTOMER, row.custom_fields),
        "customer_history": describe_history("customer", list(entries_of("customer", row.pk)[:ENTRIES])),
    }
    hierarchy = customer_hierarchy(row.pk, today_of_customer(row.pk))
    relatives = customers_in_scope().in_bulk([*hierarchy.ancestors, *hierarchy.children])
    told["ancestors"] = [relatives[number] for number in reversed(hierarchy.ancestors) if number in relatives]
    told["children"] = [relatives[number] for number in hierarchy.children if number in relatives]
    return told


@page("DELETE customers/*")
def delete_customer(request: PageRequest, customer: int) -> HttpResponse:
    """Asks, then deletes for good what nothing was ever charged to (CUS-8)."""
    row = Customer.reachable.get(pk=customer)
    context = {
        "question": f"Delete {row.name}?",
        "says": "The customer and its accounts are deleted for good. Only the history keeps a record of them.",
        "text": "Delete",
        "danger": True,
        "back": reverse("customer", kwargs={"customer": customer}),
    }
    return asked(request, context, lambda: delete(customer), f"{row.name} is deleted.", "search")
