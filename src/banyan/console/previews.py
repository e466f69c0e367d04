"""What a change of relations leads to, in numbers, in words and as a picture of before and after (REL-3)."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from banyan.accounts.models import Account, Customer
from banyan.console.drawing import as_json
from banyan.console.payers import describe_payer_changes, describe_payers
from banyan.customers.actions.preview_move import Preview
from banyan.customers.trees import (
    TreeView,
    around_account,
    around_customer,
    around_responsible_account,
    tree_of_accounts,
    tree_of_customers,
)
from banyan.kernel.ids import encode_id


def look_at_customers(customer_id: int, parent_id: int | None, day: date) -> Callable[[], TreeView]:
    """What of the customer hierarchy a preview draws."""
    drawn = around_customer(customer_id, parent_id, day)
    return lambda: tree_of_customers(drawn, day)


def look_at_tree(account_id: int, parent_id: int | None, day: date) -> Callable[[], TreeView]:
    """What of account trees a preview draws."""
    drawn = around_account(account_id, parent_id, day)
    return lambda: tree_of_accounts(drawn, day)


def look_at_billing(account_id: int, responsible_id: int | None, day: date) -> Callable[[], TreeView]:
    """What of the billing hierarchy a preview draws."""
    drawn = around_responsible_account(account_id, responsible_id, day)
    return lambda: tree_of_accounts(drawn, day)


def describe_preview(preview: Preview, row: Account | Customer, day: date) -> dict[str, Any]:
    """What preview.html shows: who is above the row then, root first, who pays for what, both pictures."""
    kind = "account" if isinstance(row, Account) else "customer"
    above = type(row).reachable.in_bulk(preview.ancestors)
    ancestors = [above[number] for number in reversed(preview.ancestors) if number in above]
    before, after = (as_json(picture, kind) for picture in preview.trees)
    return {
        "previewed": True,
        "row": row,
        "day": day,
        "ancestors": ancestors,
        "depth": len(ancestors) + 1,
        "others": sum(1 for node in after["nodes"] if node["parent"] == encode_id(kind, row.pk)),
        "changes": describe_payer_changes(preview.subscriptions, day),
        "rest": describe_payers(preview.rest, day) if preview.rest else None,
        "picture": json.dumps({"before": before, "after": after}),
        "subject": encode_id(kind, row.pk),
    }
