"""Files of contracts (CTR-1)."""

from django.db.models import Case, Value, When

from banyan.contracts.actions.create_contract import create_contract
from banyan.contracts.models import Contract
from banyan.foundation.last_days import LastDay
from banyan.transfer.cells import DATE, WHOLE_NUMBER
from banyan.transfer.columns import Column, FileKind, KnownBy, one_by_one

_RENEWAL = Case(When(renewal_months__isnull=True, then=Value("none")), default=Value("automatic"))

CONTRACTS = FileKind(
    name="contracts",
    explained="Contracts of accounts.",
    columns=(
        Column("number", "unique; generated when blank"),
        Column("account", "number of the account", required=True, refers_to="account"),
        Column("name", "what it is about"),
        Column("signed_on", "day of signing", DATE),
        Column("start_date", "first day", DATE, required=True),
        Column("end_date", "last day, default open", DATE, source=LastDay("ends_before")),
        Column("renewal", "`none` (default) or `automatic`", source=_RENEWAL),
        Column("renewal_months", "by how many months it renews, default 12", WHOLE_NUMBER),
        Column("notice_days", "days before its end in which it is expiring, default 0", WHOLE_NUMBER),
        Column("notes", "free text"),
    ),
    known_by=KnownBy(("number",), otherwise=("account", "start_date")),
    rows=lambda view: [Contract.objects.order_by("id")],
    write=one_by_one(lambda record: create_contract(record.fields())),
    names={"contract": "number"},
)
