"""The addresses of the pages of customers and accounts."""

from django.urls import path

from banyan.console import (
    account_changes,
    accounts,
    charge_pages,
    customer_accounts,
    customer_forms,
    customer_hierarchy,
    customers,
    ledger_pages,
    lookups,
)
from banyan.console import addresses as _addresses_of_rows  # noqa: F401  (registers <account:account>)

CUSTOMER, ACCOUNT = "customers/<customer:customer>", "accounts/<account:account>"

urlpatterns = [
    path("look-up/customers", lookups.customers, name="customer_choices"),
    path("look-up/address-parts", lookups.address_parts, name="address_parts"),
    path("look-up/new-account/parent", lookups.parents_of_new),
    path("look-up/new-account/responsible", lookups.responsible_for_new),
    path("customers/new", customer_forms.new_customer, name="new_customer"),
    path(CUSTOMER, customers.customer, name="customer"),
    path(f"{CUSTOMER}/edit", customer_forms.edit_customer, name="edit_customer"),
    path(f"{CUSTOMER}/delete", customers.delete_customer, name="delete_customer"),
    path(f"{CUSTOMER}/parent", customer_hierarchy.choose_parent, name="customer_parent"),
    path(f"{CUSTOMER}/parent/candidates", lookups.customer_parents, name="customer_parent_candidates"),
    path(f"{CUSTOMER}/parent/remove", customer_hierarchy.remove_parent, name="remove_customer_parent"),
    path(f"{CUSTOMER}/children/add", customer_hierarchy.add_child, name="customer_child"),
    path(f"{CUSTOMER}/children/candidates", lookups.customer_children, name="customer_child_candidates"),
    path("accounts", customer_accounts.customer_accounts, name="accounts"),
    path("accounts/new", customer_forms.new_account, name="new_account"),
    path("accounts/number", customer_forms.propose_number, name="propose_number"),
    path("accounts/types", customer_accounts.add_type, name="add_type"),
    path("accounts/types/<account_type:account_type>", customer_accounts.edit_type, name="edit_type"),
    path(
        "accounts/types/<account_type:account_type>/deactivate",
        customer_accounts.deactivate_type,
        name="deactivate_type",
    ),
    path("accounts/types/<account_type:account_type>/activate", customer_accounts.activate_type, name="activate_type"),
    path(ACCOUNT, accounts.account, name="account"),
    path(f"{ACCOUNT}/edit", customer_forms.edit_account, name="edit_account"),
    path(f"{ACCOUNT}/status", account_changes.change_status, name="change_status"),
    path(f"{ACCOUNT}/notes/new", account_changes.new_note, name="new_note"),
    path(f"{ACCOUNT}/charges/new", charge_pages.new_charge, name="new_charge"),
    path(f"{ACCOUNT}/contacts/new", account_changes.new_contact, name="new_contact"),
    path(f"{ACCOUNT}/contacts/<contact:contact>", account_changes.edit_contact, name="edit_contact"),
    path(f"{ACCOUNT}/contacts/<contact:contact>/delete", account_changes.delete_contact, name="delete_contact"),
    path(f"{ACCOUNT}/parent", account_changes.choose_parent, name="account_parent"),
    path(f"{ACCOUNT}/parent/candidates", lookups.account_parents, name="account_parent_candidates"),
    path(f"{ACCOUNT}/parent/remove", account_changes.remove_parent, name="remove_account_parent"),
    path(f"{ACCOUNT}/responsible-account", account_changes.choose_responsible, name="responsible_account"),
    path(
        f"{ACCOUNT}/responsible-account/candidates",
        lookups.responsible_accounts,
        name="responsible_account_candidates",
    ),
    path(
        f"{ACCOUNT}/responsible-account/remove",
        account_changes.remove_responsible,
        name="remove_responsible_account",
    ),
    path(f"{ACCOUNT}/delete", account_changes.delete_account, name="delete_account"),
    path(f"{ACCOUNT}/rollup", ledger_pages.rollup_page, name="rollup"),
    path(f"{ACCOUNT}/<slug:tab>", accounts.account, name="account_tab"),
]
