"""Files of bill cycles (CYC-1)."""

from banyan.accounts.actions.create_bill_cycle import create_bill_cycle
from banyan.accounts.models import BillCycle
from banyan.transfer.cells import DATE
from banyan.transfer.columns import Column, FileKind, KnownBy, one_by_one

BILL_CYCLES = FileKind(
    name="bill-cycles",
    explained="The calendars by which accounts are invoiced.",
    columns=(
        Column("name", "unique; accounts refer to it", required=True),
        Column("currency", "only for accounts of this currency; default any"),
        Column(
            "frequency",
            "`daily`, `weekly`, `biweekly`, `semimonthly`, `monthly`, `quarterly` or `annual`",
            required=True,
        ),
        Column("start_date", "first billing date; later ones step from it", DATE, required=True),
        Column("time_zone", "whose midnight ends a day of usage, default UTC"),
    ),
    known_by=KnownBy(("name",)),
    rows=lambda view: [BillCycle.objects.order_by("id")],
    write=one_by_one(lambda record: create_bill_cycle(**record.fields())),
)
