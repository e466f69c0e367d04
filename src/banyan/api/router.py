"""The REST API, put together: every resource at its address below /api/v1."""

from ninja import Router

from banyan import __version__
from banyan.api import (
    account_choices,
    account_relations,
    accounts,
    api_keys,
    bill_runs,
    candidates,
    charges,
    contacts,
    contracts,
    custom_fields,
    customers,
    discounts,
    exports,
    history,
    imports,
    invoices,
    ledger,
    orders,
    organizations,
    prices,
    products,
    settings,
    subscription_groups,
    subscription_life,
    subscriptions,
    taxes,
    usage,
    users,
)
from banyan.api.keys import BearerKey
from banyan.api.openapi import BillingApi, JsonWriter
from banyan.api.problems import answer_with_problems
from banyan.api.reading import JsonReader
from banyan.api.writes import within_frame

ROUTERS: dict[str, Router] = {
    "Settings": settings.router,
    "Owners and organizations": organizations.router,
    "Users": users.router,
    "API keys": api_keys.router,
    "What accounts choose from": account_choices.router,
    "Custom fields": custom_fields.router,
    "Customers": customers.router,
    "Accounts": accounts.router,
    "Contacts and notes": contacts.router,
    "Relations of accounts": account_relations.router,
    "Candidates": candidates.router,
    "Contracts": contracts.router,
    "Products and meters": products.router,
    "Prices": prices.router,
    "Discounts": discounts.router,
    "Tax rates and exemptions": taxes.router,
    "Orders": orders.router,
    "Subscriptions": subscriptions.router,
    "Changes of subscriptions": subscription_life.router,
    "Subscription groups": subscription_groups.router,
    "Charges": charges.router,
    "Usage": usage.router,
    "Bill runs": bill_runs.router,
    "Invoices": invoices.router,
    "Ledger": ledger.router,
    "History": history.router,
    "CSV files": imports.router,
    "Exports": exports.router,
}

api = BillingApi(
    title="Banyan",
    version=__version__,
    description="Billing for customers as they are built: who belongs to whom, who pays for whom, and why.",
    auth=BearerKey(),
    parser=JsonReader(),
    renderer=JsonWriter(),
    urls_namespace="api-v1",
)
answer_with_problems(api)
api.add_decorator(within_frame)
for name, router in ROUTERS.items():
    api.add_router("", router, tags=[name])
