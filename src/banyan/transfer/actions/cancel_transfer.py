"""Stop an import or an export."""

from django.db import transaction

from banyan.kernel.refusals import conflict, unknown
from banyan.transfer.models import UNDER_WAY, ExportStatus
from banyan.transfer.roles import permitted
from banyan.transfer.states import Of, end

RULES = {"import": "IMP-1", "export": "IMP-2"}


@transaction.atomic
def cancel_transfer(model: type[Of], number: int) -> Of:
    """End what waits; what is under way ends when its worker next tells how far it is, unless it is done by then.

    Nothing of it goes in or is given out. Refused: what has ended (IMP-1, IMP-2), a kind that takes a higher role
    (ORG-3).
    """
    name = str(model._meta.verbose_name)
    found = model.objects.select_related("progress").filter(pk=number).first()
    if found is None:
        raise unknown(name, f"There is no such {name}.", number)
    permitted(found.kind)
    if found.status not in UNDER_WAY:
        message = f"this {name} is {found.status}; only one that waits or is under way can be cancelled"
        raise conflict(name, "not_under_way", message, RULES[name], found.status)
    found.progress.cancelled = True
    found.progress.save(update_fields=["cancelled"])
    end(model, number, ExportStatus.CANCELLED, of=[ExportStatus.WAITING])
    found.refresh_from_db()
    return found
