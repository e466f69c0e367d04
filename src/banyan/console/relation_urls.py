"""The addresses of hierarchies, who pays, subscriptions, groups and contracts."""

from django.urls import path

from banyan.console import addresses as _addresses_of_rows  # noqa: F401  (registers <account:account>)
from banyan.console import (
    hierarchies,
    subscription_choices,
    who_pays,
)

ACCOUNT, CUSTOMER = "accounts/<account:account>", "customers/<customer:customer>"

urlpatterns = [
    path(f"{ACCOUNT}/hierarchy", hierarchies.account_hierarchy, name="account_hierarchy"),
    path(f"{ACCOUNT}/hierarchy/picture", hierarchies.account_picture, name="account_picture"),
    path(f"{CUSTOMER}/hierarchy", hierarchies.customer_hierarchy, name="customer_hierarchy"),
    path(f"{CUSTOMER}/hierarchy/picture", hierarchies.customer_picture, name="customer_picture"),
    path("who-pays", who_pays.who_pays, name="who_pays"),
    path("charges/<charge:charge>/payer", who_pays.who_pays_for_charge, name="who_pays_for_charge"),
    path("invoices/<invoice:invoice>/lines/<invoice_line:line>/payer", who_pays.who_paid_for_line, name="line_payer"),
    path("look-up/accounts", subscription_choices.accounts, name="account_choices"),
    path("look-up/subscriptions", subscription_choices.subscriptions, name="subscription_choices"),
]
