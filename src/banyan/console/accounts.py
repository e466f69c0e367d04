"""Account page (CON-3): a summary, and a tab for each kind of thing that an account has."""

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse

from banyan.accounts.fields import ACCOUNT
from banyan.accounts.models import Account, CustomSubject
from banyan.accounts.postal import address_lines
from banyan.accounts.today import today
from banyan.billruns.queries import next_invoice_dates
from banyan.catalog.queries import discounts
from banyan.console.account_tabs import DETAILS, TABS
from banyan.console.customers import about_customer
from banyan.console.declared import facts_of
from banyan.console.descriptions import custom_values
from banyan.console.page import PageRequest, page, show
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import Settings
from banyan.ledger.queries import balances
from banyan.organizations.access_scope import in_scope
from banyan.relations.queries import (
    parent_accounts_on,
    responsible_accounts_on,
    roles_on,
)

SUMMARY = "summary"


@page()
def account(request: PageRequest, account: int, tab: str = SUMMARY) -> HttpResponse:
    """The page of an account, with one of its tabs."""
    if tab != SUMMARY and tab not in TABS:
        raise Http404
    related = ("customer", "bill_cycle", "organization", "owner", "type", "category", "payment_term")
    row = Account.reachable.select_related(*related).get(pk=account)
    head = _head(row)
    shown = _summary(request, row, head["settings"]) if tab == SUMMARY else TABS[tab].read(request, row)
    tabs = [(SUMMARY, "Summary"), *((name, each.text) for name, each in TABS.items())]
    template = "account/summary.html" if tab == SUMMARY else TABS[tab].template
    return show(request, template, head | {"tab": tab, "tabs": tabs} | shown)


def _head(row: Account) -> dict[str, Any]:
    """What stands above every tab."""
    day = today(row.owner_id)
    owed = balances([row.pk]).get(row.pk, {})
    responsible = responsible_accounts_on([row.pk], day).get(row.pk)
    parent = parent_accounts_on([row.pk], day).get(row.pk)
    named = Account.objects.in_bulk(in_scope(Account, [responsible, parent]))
    return {
        "account": row,
        "customer": row.customer,
        "settings": read_settings(),
        "balance": owed.get(row.currency, Decimal(0)),
        "other_balances": [(currency, owed[currency]) for currency in sorted(owed) if currency != row.currency],
        "role": roles_on([row.pk], day).get(row.pk),
        "is_managed": responsible is not None,
        "is_child": parent is not None,
        "responsible": named.get(responsible),
        "parent": named.get(parent),
    }


_SHOWN_ABOVE = frozenset(
    (
        *("customer", "name", "number", "external_number", "currency", "bill_cycle", "status", "start_date"),
        *("organization", "type", "category", "owner", "description", "taxable", "is_primary", "is_default"),
        *("invoice_type", "invoice_currency", "minimum_invoice_amount", "preferred_language", "invoice_rendering_type"),
        *("payment_term", "auto_pay", "auto_pay_offset", "dunning_enabled", "primary_contact"),
        *("billing_address", "shipping_address", "custom_fields"),
    )
)
"""The fields that the page of an account has a place of their own for; all others are facts among the rest."""


def _summary(request: PageRequest, row: Account, settings: Settings) -> dict[str, Any]:
    detail = request.GET.get("detail", "")
    detail = detail if detail in DETAILS else next(iter(DETAILS))
    alone = {} if settings.allow_multi_customer_accounts else about_customer(row.customer)
    home = row.owner.address.get("country")
    return {
        **alone,
        "next_invoice": next_invoice_dates([row])[row.pk],
        "billing_address": address_lines(row.billing_address or row.customer.billing_address, home),
        "shipping_address": address_lines(row.shipping_address or row.customer.shipping_address, home),
        "more": facts_of(ACCOUNT, row, _SHOWN_ABOVE),
        "custom": custom_values(CustomSubject.ACCOUNT, row.custom_fields),
        "discounts": list(discounts(today(row.owner_id)).filter(account=row.pk)),
        "details": [(name, each.text) for name, each in DETAILS.items()],
        "detail": detail,
        "detail_template": f"console/{DETAILS[detail].template}",
        **DETAILS[detail].read(request, row),
    }
