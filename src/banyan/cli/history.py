"""banyan history"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

import typer

from banyan.accounts.history_descriptions import AMOUNTS, describe_changes, describe_subjects
from banyan.accounts.models import Account, Customer
from banyan.cli.output import DEFAULT_TENANT, JsonOption, TenantOption, people, print_json, print_rows
from banyan.cli.working_in import working_in
from banyan.contracts.models import Contract
from banyan.foundation.models import HistoryEntry
from banyan.kernel.ids import PREFIXES, decode_id
from banyan.kernel.money import amount_shown
from banyan.kernel.refusals import unknown
from banyan.organizations.queries import find_user
from banyan.subscriptions.history_currencies import currencies_of
from banyan.subscriptions.models import Subscription

NUMBERED = {"customer": Customer, "account": Account, "contract": Contract, "subscription": Subscription}


def history(
    kind: Annotated[str, typer.Argument(help="account, customer, contract, subscription, setting, user, product, …")],
    subject: Annotated[
        str | None,
        typer.Argument(help="Its number, its id (also of what is deleted), the key of a setting, a user's e-mail."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many changes at most.")] = 50,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Who changed what, and when; newest first (ACC-16)."""
    with working_in(tenant):
        rows = HistoryEntry.objects.filter(subject_kind=kind)
        if not rows.exists():
            kinds = HistoryEntry.objects.order_by("subject_kind").values_list("subject_kind", flat=True).distinct()
            raise unknown("kind", f"nothing is known of {kind!r}; there are {', '.join(kinds)}", kind)
        if subject is not None:
            rows = rows.filter(subject_id=_number(kind, subject))
        entries = list(rows.order_by("-id")[:limit])
        subjects, currencies = describe_subjects(entries), currencies_of(entries)
    told = [_told(entry, subjects[entry.subject_kind, entry.subject_id], currencies.get(entry.pk)) for entry in entries]
    if as_json:
        print_json(told)
        return
    print_rows([_row(row, currencies.get(entry.pk)) for row, entry in zip(told, entries, strict=True)], False)
    if len(entries) == limit:
        people.print(f"The last {limit}; --limit shows more.")


def _number(kind: str, subject: str) -> int:
    """The row that a number, an id or a key stands for; deleted ones are known by what was written of them."""
    if kind in PREFIXES and (number := decode_id(kind, subject)):
        return number
    if kind == "user" and (user := find_user(subject)):
        return user.pk
    if kind in NUMBERED and (row := NUMBERED[kind]._default_manager.filter(number=subject).first()):
        return int(row.pk)
    field = "key" if kind == "setting" else "number"
    made = HistoryEntry.objects.filter(
        subject_kind=kind, action="created", **{f"changes__{field}__1": subject}
    ).order_by("-id")
    if (entry := made.first()) is None:
        raise unknown("subject", f"there is and was no {kind.replace('_', ' ')} {subject!r}", subject)
    return entry.subject_id


def _told(entry: HistoryEntry, subject: str | None, currency: str | None) -> dict[str, Any]:
    changes = describe_changes(entry.subject_kind, entry.changes, {}, currency)
    return {"at": entry.at, "actor": str(entry.by), "action": entry.action, "subject": subject, "changes": changes}


def _row(told: Mapping[str, Any], currency: str | None) -> dict[str, Any]:
    return {**told, "changes": _in_words(told["changes"], currency)}


def _in_words(changes: Mapping[str, Sequence[Any]], currency: str | None) -> str:
    return "\n".join(
        f"{field}: {' → '.join(_with_currency(field, value, currency) for value in pair)}"
        for field, pair in changes.items()
    )


def _with_currency(field: str, value: Any, currency: str | None) -> str:
    if field in AMOUNTS and value is not None and currency is not None:
        return amount_shown(Decimal(value), currency)
    return _word(value)


def _word(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values() if part is not None)
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return "–" if value is None else str(value)
