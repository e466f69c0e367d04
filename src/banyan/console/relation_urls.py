"""The addresses of hierarchies, who pays, subscriptions, groups and contracts."""

from django.urls import path

from banyan.console import addresses as _addresses_of_rows  # noqa: F401  (registers <account:account>)
from banyan.console import (
    charge_pages,
    contract_documents,
    contract_pages,
    hierarchies,
    new_subscription,
    orders,
    subscription_choices,
    subscription_groups,
    subscription_life,
    subscription_lists,
    subscriptions,
    who_pays,
)

ACCOUNT, CUSTOMER = "accounts/<account:account>", "customers/<customer:customer>"
SUBSCRIPTION = "subscriptions/<subscription:subscription>"
GROUP = "subscription-groups/<subscription_group:subscription_group>"
ORDER = "orders/<order:order>"
CONTRACT = "contracts/<contract:contract>"
DOCUMENT = f"{CONTRACT}/documents/<contract_document:document>"

urlpatterns = [
    path(f"{ACCOUNT}/hierarchy", hierarchies.account_hierarchy, name="account_hierarchy"),
    path(f"{ACCOUNT}/hierarchy/picture", hierarchies.account_picture, name="account_picture"),
    path(f"{CUSTOMER}/hierarchy", hierarchies.customer_hierarchy, name="customer_hierarchy"),
    path(f"{CUSTOMER}/hierarchy/picture", hierarchies.customer_picture, name="customer_picture"),
    path("who-pays", who_pays.who_pays, name="who_pays"),
    path("charges/<charge:charge>/edit", charge_pages.edit_charge, name="edit_charge"),
    path("charges/<charge:charge>/delete", charge_pages.remove_charge, name="delete_charge"),
    path("charges/<charge:charge>/payer", who_pays.who_pays_for_charge, name="who_pays_for_charge"),
    path("invoices/<invoice:invoice>/lines/<invoice_line:line>/payer", who_pays.who_paid_for_line, name="line_payer"),
    path("look-up/accounts", subscription_choices.accounts, name="account_choices"),
    path("look-up/subscriptions", subscription_choices.subscriptions, name="subscription_choices"),
    path("look-up/subscribers", subscription_choices.subscribers, name="subscriber_choices"),
    path("look-up/subscription-groups", subscription_choices.groups, name="group_choices"),
    path("look-up/contracts", subscription_choices.account_contracts, name="contract_choices"),
    path("subscriptions", subscription_lists.subscriptions, name="subscription_list"),
    path("subscriptions/new", new_subscription.new_subscription, name="new_subscription"),
    path(SUBSCRIPTION, subscriptions.subscription, name="subscription"),
    path(f"{SUBSCRIPTION}/change", subscriptions.change, name="change_subscription"),
    path(f"{SUBSCRIPTION}/cancel", subscriptions.cancel, name="cancel_subscription"),
    path(f"{SUBSCRIPTION}/uncancel", subscription_life.uncancel, name="uncancel_subscription"),
    path(f"{SUBSCRIPTION}/pause", subscription_life.pause, name="pause_subscription"),
    path(f"{SUBSCRIPTION}/resume", subscription_life.resume, name="resume_subscription"),
    path(f"{SUBSCRIPTION}/items/new", subscription_life.new_item, name="new_item"),
    path(f"{SUBSCRIPTION}/items/<int:item>/end", subscription_life.item_end, name="end_item"),
    path(f"{SUBSCRIPTION}/changes/<int:change>/withdraw", subscription_life.withdraw, name="withdraw_change"),
    path(f"{SUBSCRIPTION}/payer", subscriptions.payer, name="subscription_payer"),
    path("orders", subscription_lists.orders, name="order_list"),
    path(ORDER, orders.order, name="order"),
    path(f"{ORDER}/activate", orders.activate, name="activate_order"),
    path(f"{ORDER}/cancel", orders.cancel, name="cancel_order"),
    path(f"{ORDER}/delete", orders.delete, name="delete_order"),
    path("subscription-groups", subscription_groups.groups, name="subscription_groups"),
    path("subscription-groups/new", subscription_groups.new_group, name="new_subscription_group"),
    path(GROUP, subscription_groups.group, name="subscription_group"),
    path(f"{GROUP}/rename", subscription_groups.rename_group, name="rename_subscription_group"),
    path(f"{GROUP}/delete", subscription_groups.delete_group, name="delete_subscription_group"),
    path(f"{GROUP}/members/add", subscription_groups.add_member, name="add_member"),
    path(f"{GROUP}/members/candidates", subscription_choices.members_to_be, name="member_choices"),
    path(
        f"{GROUP}/members/<subscription:subscription>/remove", subscription_groups.remove_member, name="remove_member"
    ),
    path("contracts", contract_pages.contracts, name="contracts"),
    path("contracts/new", contract_pages.new_contract, name="new_contract"),
    path(CONTRACT, contract_pages.contract, name="contract"),
    path(f"{CONTRACT}/edit", contract_pages.edit_contract, name="edit_contract"),
    path(f"{CONTRACT}/delete", contract_pages.delete_contract, name="delete_contract"),
    path(f"{CONTRACT}/documents/new", contract_documents.attach, name="attach_document"),
    path(DOCUMENT, contract_documents.download, name="contract_document"),
    path(f"{DOCUMENT}/remove", contract_documents.remove, name="remove_document"),
    path(f"{CONTRACT}/terminate", contract_pages.terminate, name="terminate_contract"),
]
