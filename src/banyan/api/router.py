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

ROUTERS: dict[str, tuple[Router, str]] = {
    "Settings": (settings.router, "How the tenant bills, unless something else is said."),
    "Owners and organizations": (
        organizations.router,
        "The legal entities that sell and invoice, and the tree that says who reaches which accounts.",
    ),
    "Users": (users.router, "The people who sign in to the console, with the roles they have in organizations."),
    "API keys": (api_keys.router, "What programs identify themselves with; each has a role in organizations."),
    "What accounts choose from": (
        account_choices.router,
        "Account types and categories, payment terms, and the bill cycles by which accounts are invoiced.",
    ),
    "Custom fields": (custom_fields.router, "Fields of your own for customers and accounts."),
    "Customers": (customers.router, "Who buys, and which customer belongs to which."),
    "Accounts": (accounts.router, "Billing accounts of customers: what is charged, invoiced and owed."),
    "Contacts and notes": (contacts.router, "Further people to talk to about an account, and what to remember."),
    "Relations of accounts": (
        account_relations.router,
        "The account tree, who is responsible for whom, and who pays, on any day.",
    ),
    "Candidates": (candidates.router, "What a new customer or account could be linked to."),
    "Contracts": (contracts.router, "Agreements with an account: their term, renewal, termination and documents."),
    "Products and meters": (products.router, "What is sold, and what usage is counted by."),
    "Prices": (prices.router, "What a product costs: flat, per unit, in tiers or in packages."),
    "Discounts": (discounts.router, "What an account gets off, and during which days."),
    "Tax rates and exemptions": (taxes.router, "The taxes of countries and states, and who is exempt from them."),
    "Orders": (orders.router, "Subscriptions that are agreed and not yet active."),
    "Subscriptions": (subscriptions.router, "What an account is charged for each period, and who pays for it."),
    "Changes of subscriptions": (
        subscription_life.router,
        "Changes, pauses, additions and ends of subscriptions, each with a preview of the next invoices.",
    ),
    "Subscription groups": (
        subscription_groups.router,
        "Subscriptions that are billed together on one invoice to one payer.",
    ),
    "Charges": (charges.router, "One-time charges and credits."),
    "Usage": (usage.router, "Metered usage events, and those that nothing charges for."),
    "Bill runs": (bill_runs.router, "A bill cycle, billed or simulated for one billing date."),
    "Invoices": (invoices.router, "Invoices with their lines, and why each line costs what it does."),
    "Ledger": (ledger.router, "Debits and credits of the whole tenant."),
    "History": (history.router, "Who changed what, and when."),
    "CSV files": (imports.router, "Files that are brought in, and what may be in them."),
    "Exports": (exports.router, "Files that are taken out."),
}

api = BillingApi(
    title="Banyan",
    version=__version__,
    description="Billing for customers as they are built: who belongs to whom, who pays for whom, and why.",
    servers=[{"url": "/", "description": "The server that gave this document"}],
    openapi_extra={
        "info": {"license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"}},
        "tags": [{"name": name, "description": sentence} for name, (_, sentence) in ROUTERS.items()],
    },
    auth=BearerKey(),
    parser=JsonReader(),
    renderer=JsonWriter(),
    urls_namespace="api-v1",
)
answer_with_problems(api)
api.add_decorator(within_frame)
for name, (router, _) in ROUTERS.items():
    api.add_router("", router, tags=[name])
