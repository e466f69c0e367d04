"""Files of the tenant's settings (SET-1)."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from banyan.accounts.models import Account
from banyan.customers.actions.change_settings import change_settings
from banyan.foundation.models import Setting
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import InvoiceType
from banyan.kernel.refusals import Refusal
from banyan.transfer.cells import CellType, read_json
from banyan.transfer.columns import SETS_AGAIN, Column, FileKind, Record, View, Written

_DISTRIBUTION = "overall_invoice_distribution"
_JSON = CellType('JSON, `true` or `"parent"` or `["email"]` or `null`', read_json, str)
_AS_JSON = Coalesce(Cast("value", TextField()), Value("null", TextField()))


def _change(records: Sequence[Record]) -> Written:
    """All of them at once, since some need each other. What is refused is left out, and the others are tried again."""
    refused: dict[int, Refusal] = {}
    wanted = {record.get("key"): position for position, record in enumerate(records)}
    while wanted:
        try:
            change_settings({key: records[position].get("value") for key, position in wanted.items()})
            break
        except Refusal as refusal:
            for problem in refusal.problems:
                field = "key" if problem.code == "unknown_setting" else "value"
                refused[wanted.pop(problem.field)] = Refusal([replace(problem, field=field)], refusal.kind)
    return Written(refused)


def _changed(view: View) -> list[QuerySet[Any]]:
    """Those that were ever changed. Of everything, only what accounts need when they come in."""
    rows = Setting.objects.order_by("key")
    return [rows.filter(key=_DISTRIBUTION) if view.whole else rows]


def _value(view: View) -> Combinable:
    """As JSON. Before accounts come in, every type of invoice that one has is on offer."""
    if not view.whole:
        return _AS_JSON
    used = set(Account.objects.values_list("invoice_type", flat=True).distinct())
    offered = {str(each) for each in read_settings().overall_invoice_distribution}
    return Value(json.dumps([str(each) for each in InvoiceType if str(each) in used | offered]), TextField())


SETTINGS = FileKind(
    name="settings",
    explained="Settings of the tenant, by the keys of the API.",
    columns=(
        Column("key", "which one", required=True),
        Column("value", "as the API takes it", _JSON, required=True, source=_value),
    ),
    rows=_changed,
    repeated=SETS_AGAIN,
    write=_change,
    names={"setting": "key"},
)

SETTING_CHANGES = replace(
    SETTINGS,
    name="setting-changes",
    explained="Settings that hold once everything else is in: they allow less than what already exists.",
    columns=(
        Column("key", "which one", required=True),
        Column("value", "as the API takes it", _JSON, required=True, source=_AS_JSON),
    ),
    rows=lambda view: [Setting.objects.order_by("key")],
)
