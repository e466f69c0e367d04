"""Files of changes to accounts (ACC-3, BHI-4)."""

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from banyan.accounts.fields import ACCOUNT
from banyan.accounts.models import Account, AccountStatus, RenderingType
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.update_account import update_account
from banyan.kernel.refusals import Problem, Refusal
from banyan.relations.models import ResponsibleAccount
from banyan.transfer.cells import DATE
from banyan.transfer.columns import SETS_AGAIN, Column, FileKind, Record, View, one_by_one
from banyan.transfer.declared import columns_of, explained


def _change(record: Record) -> None:
    fields = record.fields()
    account, status = fields.pop("account"), fields.pop("status", None)
    on, reason = fields.pop("date", None), fields.pop("reason", "")
    with transaction.atomic():
        if fields:
            update_account(account, fields)
        if status:
            try:
                change_account_status(account, status, on, reason)
            except Refusal as refusal:
                raise Refusal([_by_column(problem) for problem in refusal.problems], refusal.kind) from None


def _by_column(problem: Problem) -> Problem:
    """The action names its fields like the API: `status_date` is the column `date` here."""
    return replace(problem, field=problem.field.removeprefix("status_"))


_IS_NOT_ACTIVE = ~Q(status=AccountStatus.ACTIVE)


def _renders_per_account(view: View) -> Q:
    """BHI-4: of an account that has managed accounts, since no other can be given the type."""
    managed = ResponsibleAccount.objects.filter(
        responsible_account=OuterRef("pk"), during__overlap=DateRange(view.day, None)
    )
    return Q(Exists(managed), invoice_rendering_type=RenderingType.PER_ACCOUNT)


def _rows(view: View) -> list[QuerySet[Any]]:
    """The accounts that are not as a new one can be."""
    return [Account.objects.filter(_IS_NOT_ACTIVE | _renders_per_account(view)).order_by("number")]


def _unless_active(field: str) -> Case:
    return Case(When(_IS_NOT_ACTIVE, then=F(field)))


_PLAIN = tuple(
    name
    for name, field in ACCOUNT.fields.items()
    if not field.about.fixed and name not in ("status", "invoice_rendering_type", "is_default", "custom_fields")
)
"""What a file may change and an export never writes: it is in the file of the account."""

ACCOUNT_CHANGES = FileKind(
    name="account-changes",
    explained="Changes of accounts; a blank cell leaves its field as it is.",
    columns=(
        Column("account", "number of the account", required=True, refers_to="account", source=F("number")),
        *columns_of(ACCOUNT, only=_PLAIN, only_read=_PLAIN, new=False),
        Column(
            "invoice_rendering_type",
            explained(ACCOUNT.fields["invoice_rendering_type"]),
            source=lambda view: Case(When(_renders_per_account(view), then=F("invoice_rendering_type"))),
        ),
        Column("status", explained(ACCOUNT.fields["status"]), source=_unless_active("status")),
        Column(
            "date",
            "the first day of the status, of an inactive account the last day that is charged; default today",
            DATE,
            source=_unless_active("status_date"),
        ),
        Column("reason", "why the status changes", source=_unless_active("status_reason")),
    ),
    rows=_rows,
    custom_fields={"custom_fields.": "account"},
    only_reads_custom_fields=True,
    repeated=SETS_AGAIN,
    write=one_by_one(_change),
)
