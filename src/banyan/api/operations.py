"""What operations are called: a verb and a noun, which clients have in their code and which therefore stay (API-8).

The name of a route's function tells most of it (`post_charge` is `create_charge`); what it can't tell is named here by
method and address. docs/reference/operations.md lists all of them, and a test holds it.
"""

import re

from ninja.operation import Operation

_VERBS = {"post": "create", "patch": "update", "put": "set", "remove": "delete"}
_NAMED = {
    "POST /accounts/number": "generate_account_number",
    "GET /accounts/{account_id}/balance": "get_account_balance",
    "GET /accounts/{account_id}/ledger": "list_account_ledger",
    "GET /accounts/{account_id}/history": "list_account_history",
    "POST /accounts/{account_id}/parent/preview": "preview_account_parent",
    "GET /accounts/{account_id}/parent/candidates": "list_account_parent_candidates",
    "POST /accounts/{account_id}/responsible-account/preview": "preview_responsible_account",
    "GET /accounts/{account_id}/tree": "get_account_tree",
    "GET /accounts/{account_id}/rollup": "get_account_rollup",
    "GET /accounts/{account_id}/payer": "get_account_payer",
    "GET /accounts/{account_id}/contacts": "list_account_contacts",
    "POST /accounts/{account_id}/contacts": "create_account_contact",
    "GET /accounts/{account_id}/contacts/{contact_id}": "get_account_contact",
    "PATCH /accounts/{account_id}/contacts/{contact_id}": "update_account_contact",
    "DELETE /accounts/{account_id}/contacts/{contact_id}": "delete_account_contact",
    "GET /accounts/{account_id}/notes": "list_account_notes",
    "POST /accounts/{account_id}/notes": "create_account_note",
    "GET /accounts/{account_id}/notes/{note_id}": "get_account_note",
    "PATCH /accounts/{account_id}/notes/{note_id}": "update_account_note",
    "DELETE /accounts/{account_id}/notes/{note_id}": "delete_account_note",
    "DELETE /api-keys/{api_key_id}": "revoke_api_key",
    "GET /customers/{customer_id}/hierarchy": "get_customer_hierarchy",
    "POST /customers/{customer_id}/parent/preview": "preview_customer_parent",
    "GET /customers/{customer_id}/history": "list_customer_history",
    "GET /candidates/parent-customers": "list_parent_customer_candidates",
    "GET /candidates/parent-accounts": "list_parent_account_candidates",
    "GET /candidates/responsible-accounts": "list_candidates_for_responsible_account",
    "POST /contracts/{contract_id}/terminate": "terminate_contract",
    "POST /contracts/{contract_id}/terminate/preview": "preview_contract_termination",
    "GET /contracts/{contract_id}/documents": "list_contract_documents",
    "POST /contracts/{contract_id}/documents": "create_contract_document",
    "GET /contracts/{contract_id}/documents/{document_id}": "get_contract_document",
    "DELETE /contracts/{contract_id}/documents/{document_id}": "delete_contract_document",
    "GET /contracts/{contract_id}/documents/{document_id}/content": "get_contract_document_content",
    "POST /prices/{price_id}/preview": "preview_price",
    "POST /orders/{order_id}/activate": "activate_order",
    "POST /orders/{order_id}/activate/preview": "preview_order_activation",
    "POST /orders/{order_id}/cancel": "cancel_order",
    "POST /subscriptions/{subscription_id}/cancel": "cancel_subscription",
    "POST /subscriptions/{subscription_id}/cancel/preview": "preview_subscription_cancellation",
    "POST /subscriptions/{subscription_id}/change": "change_subscription",
    "POST /subscriptions/{subscription_id}/change/preview": "preview_subscription_change",
    "POST /subscriptions/{subscription_id}/uncancel": "uncancel_subscription",
    "POST /subscriptions/{subscription_id}/uncancel/preview": "preview_subscription_uncancellation",
    "POST /subscriptions/{subscription_id}/pause": "pause_subscription",
    "POST /subscriptions/{subscription_id}/pause/preview": "preview_subscription_pause",
    "POST /subscriptions/{subscription_id}/resume": "resume_subscription",
    "POST /subscriptions/{subscription_id}/resume/preview": "preview_subscription_resumption",
    "POST /subscriptions/{subscription_id}/items": "add_subscription_item",
    "POST /subscriptions/{subscription_id}/items/preview": "preview_subscription_item",
    "POST /subscriptions/{subscription_id}/items/{item_id}/end": "end_subscription_item",
    "POST /subscriptions/{subscription_id}/items/{item_id}/end/preview": "preview_end_of_subscription_item",
    "DELETE /subscriptions/{subscription_id}/changes/{change_id}": "withdraw_subscription_change",
    "PUT /subscriptions/{subscription_id}/contract": "set_subscription_contract",
    "GET /subscriptions/{subscription_id}/history": "list_subscription_history",
    "GET /subscription-groups": "list_subscription_groups",
    "POST /subscription-groups": "create_subscription_group",
    "GET /subscription-groups/{group_id}": "get_subscription_group",
    "PATCH /subscription-groups/{group_id}": "update_subscription_group",
    "DELETE /subscription-groups/{group_id}": "delete_subscription_group",
    "POST /subscription-groups/{group_id}/members": "add_group_member",
    "POST /subscription-groups/{group_id}/members/preview": "preview_group_member",
    "GET /subscription-groups/{group_id}/members/candidates": "list_group_member_candidates",
    "DELETE /subscription-groups/{group_id}/members/{subscription_id}": "remove_group_member",
    "GET /subscription-groups/{group_id}/history": "list_subscription_group_history",
    "POST /charges/preview": "preview_charge",
    "GET /charges/{charge_id}/history": "list_charge_history",
    "POST /usage-events": "record_usage_events",
    "POST /usage-events/{event_id}/cancel": "cancel_usage_event",
    "POST /usage-events/{event_id}/replace": "replace_usage_event",
    "POST /bill-runs": "start_bill_run",
    "POST /bill-runs/{run_id}/retry": "retry_bill_run",
    "POST /bill-runs/{run_id}/approve": "approve_bill_run",
    "POST /bill-runs/{run_id}/discard": "discard_bill_run",
    "POST /bill-runs/{run_id}/reverse": "reverse_bill_run",
    "GET /bill-runs/{run_id}/history": "list_bill_run_history",
    "GET /bill-runs/{run_id}/invoices": "list_bill_run_invoices",
    "GET /invoices/{invoice_id}/lines": "list_invoice_lines",
    "GET /invoices/{invoice_id}/lines.csv": "export_invoice_lines",
    "GET /invoices/{invoice_id}/subtotals": "list_invoice_subtotals",
    "GET /invoices/{invoice_id}/lines/{line_id}/why": "explain_invoice_line",
    "POST /invoices/{invoice_id}/void": "void_invoice",
    "POST /invoices/{invoice_id}/reissue": "reissue_invoice",
    "GET /history": "list_history",
    "POST /imports": "start_import",
    "GET /imports/{import_id}/problems": "export_import_problems",
    "POST /imports/{import_id}/import": "run_import",
    "POST /imports/{import_id}/cancel": "cancel_import",
    "POST /exports": "start_export",
    "GET /exports/{export_id}/file": "download_export",
    "POST /exports/{export_id}/cancel": "cancel_export",
}  # fmt: skip
_CONVERTER = re.compile(r"\{\w+:")
_AS_WRITTEN = {"api": "API", "csv": "CSV"}
VERBS = frozenset(
    {
        "activate", "add", "approve", "cancel", "change", "create", "delete", "discard", "download", "end",
        "explain", "export", "generate", "get", "list", "pause", "preview", "record", "reissue", "remove", "replace",
        "resume", "retry", "reverse", "revoke", "run", "set", "start", "terminate", "uncancel", "update", "void",
        "withdraw",
    }
)  # fmt: skip
"""What the name of an operation begins with."""


def operation_id(operation: Operation) -> str:
    """The name of an operation, such as `create_account`."""
    address = f"{operation.methods[0]} {_CONVERTER.sub('{', operation.path)}"
    verb, _, noun = operation.view_func.__name__.partition("_")
    return _NAMED.get(address) or f"{_VERBS.get(verb, verb)}_{noun}"


def summary_of(name: str) -> str:
    """The name of an operation, as a heading."""
    words = " ".join(_AS_WRITTEN.get(word, word) for word in name.split("_"))
    return words[0].upper() + words[1:]
