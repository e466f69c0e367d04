"""Files of changes to accounts (ACC-3, BHI-4)."""

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from banyan.accounts.models import Account, AccountStatus, RenderingType
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.update_account import update_account
from banyan.kernel.refusals import Problem, Refusal
from banyan.relations.models import ResponsibleAccount
from banyan.transfer.cells import AMOUNT, DATE, YES_OR_NO
from banyan.transfer.columns import SETS_AGAIN, Column, FileKind, Record, View, one_by_one


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


ACCOUNT_CHANGES = FileKind(
    name="account-changes",
    explained="Changes of accounts; a blank cell leaves its field as it is.",
    columns=(
        Column("account", "number of the account", required=True, refers_to="account", source=F("number")),
        Column("name", "new name", only_read=True),
        Column("description", "new description", only_read=True),
        Column("organization", "code of the organization", refers_to="organization", only_read=True),
        Column("type", "name of the account type", refers_to="account_type", only_read=True),
        Column("category", "name of the category", refers_to="account_category", only_read=True),
        Column("payment_term", "name of the payment term", refers_to="payment_term", only_read=True),
        Column("taxable", "whether its charges are taxed", YES_OR_NO, only_read=True),
        Column("minimum_invoice_amount", "below it nothing is invoiced yet", AMOUNT, only_read=True),
        Column("invoice_type", "`email`, `none`, `paper` or `paper_and_email`, as the tenant offers", only_read=True),
        Column(
            "invoice_rendering_type",
            "`aggregated` or `per_account`, of an account that has managed accounts",
            source=lambda view: Case(When(_renders_per_account(view), then=F("invoice_rendering_type"))),
        ),
        Column("status", "`active`, `suspended`, `pending_collection` or `inactive`", source=_unless_active("status")),
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
