"""Answers about the history (ACC-16)."""

from datetime import datetime
from typing import Any, Literal

from banyan.api.fields import Answer

Kind = Literal[
    "customer", "account", "contract", "setting", "owner", "organization", "user", "membership", "api_key",
    "api_key_organization", "bill_cycle", "payment_term", "account_category", "account_type", "contact_category",
    "custom_field", "product", "meter", "price", "discount", "tax_rate", "tax_exemption",
    "subscription", "subscription_group", "charge", "usage_event", "bill_run", "invoice",
]  # fmt: skip


class HistoryEntryAnswer(Answer):
    """ACC-16: who changed what, and when; `changes` maps a field to its old and new value.

    `actor` tells who it was for people: `ada@example.com`, `key "CI" (key_3)`; `actor_kind` and `actor_id` tell it for
    programs. `unknown`: of earlier times only a name is known, which several had. Of users also `signed_in`,
    `sign_in_failed`, `signed_out`, `link_made`, `link_used`, `password_set`, `password_changed` and `password_removed`
    are an `action`, with the client's network address in `changes`.

    What holds from a day on comes with `effective_date`. `who_pays` of a subscription: mode, customer, group and, where
    there is an end, `until`. `item`: id, price and quantity. `members` of a group: who leaves it, and who joins.
    """

    at: datetime
    actor: str
    actor_kind: Literal["user", "api_key", "command_line", "system", "unknown"]
    actor_id: str | None
    action: str
    changes: dict[str, list[Any]]


class TenantHistoryEntryAnswer(HistoryEntryAnswer):
    """`kind` and `subject` are what was changed: `subject` its id, of a setting its key."""

    kind: str
    subject: str | None
