"""What is in a tenant, and what is under way there, before it is deleted."""

from banyan.accounts.models import Account, Customer
from banyan.billruns.models import BillRun, RunStatus
from banyan.invoices.models import Invoice
from banyan.kernel.ids import encode_id
from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.models import User
from banyan.subscriptions.models import Subscription
from banyan.transfer.models import UNDER_WAY, Export, Import

RUNNING = (RunStatus.QUEUED, RunStatus.RUNNING)


def content_of_tenant() -> dict[str, int]:
    """How many there are of what people would miss most, in the current tenant."""
    kinds = {
        "customers": Customer, "accounts": Account, "subscriptions": Subscription, "invoices": Invoice, "users": User,
    }  # fmt: skip
    return {name: model._default_manager.count() for name, model in kinds.items()}


def refuse_while_busy() -> None:
    """Refused: bill runs, imports and exports of the current tenant that are not done."""
    problems = Problems()
    for kind, what, rows in (
        ("bill_run", "bill run", BillRun.objects.filter(status__in=RUNNING)),
        ("import", "import", Import.objects.filter(status__in=UNDER_WAY)),
        ("export", "export", Export.objects.filter(status__in=UNDER_WAY)),
    ):
        for number in rows.order_by("pk").values_list("pk", flat=True):
            message = f"the {what} {encode_id(kind, number)} is under way; wait until it is done"
            problems.add("tenant", "busy", message, "SYS-4", None, Kind.CONFLICT)
    problems.raise_if_any()
