"""Change a one-time charge that is not billed yet (SUB-7)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from banyan.foundation.history import for_reason
from banyan.kernel.reasons import checked_reason
from banyan.kernel.refusals import Kind, Problems, Refusal, conflict, unknown
from banyan.subscriptions.charging import checked_charges
from banyan.subscriptions.inputs import NewCharge, WhoPaysChoice
from banyan.subscriptions.locking import lock_accounts
from banyan.subscriptions.models import Charge

_COLUMNS = ("product_id", "subscription_id", "who_pays_mode", "payer_id", "description", "amount", "date")


@transaction.atomic
def update_charge(charge_id: int, changes: Mapping[str, Any], reason: str = "") -> Charge:
    """`changes` are some of the fields of inputs.NewCharge but its account; what is not named stays.

    A subscription takes the place of a choice of who pays and the other way round. What comes to the same writes
    nothing; else the history keeps the reason with what changed (RUN-11). Refused: one that is billed, and whatever a
    new charge would be refused for.
    """
    why = checked_reason(reason)
    charge = lock_unbilled_charge(charge_id, "changed")
    given = dict(changes)
    if given.pop("account", charge.account_id) != charge.account_id:
        problems = Problems()
        message = "a charge stays with its account; delete it and make another one"
        problems.add("account", "fixed", message, "SUB-7", changes["account"], Kind.CONFLICT)
        problems.raise_if_any()
    accounts = lock_accounts([charge.account_id])
    (wanted,) = checked_charges([replace(_as_new(charge, given), **given)], accounts, _choice_of(charge))
    if isinstance(wanted, Refusal):
        raise wanted
    changed = [name for name in _COLUMNS if getattr(charge, name) != getattr(wanted, name)]
    if changed:
        for name in changed:
            setattr(charge, name, getattr(wanted, name))
        charge.revision += 1
        with for_reason(why):
            charge.save(update_fields=[*changed, "revision"])
    return charge


def lock_unbilled_charge(charge_id: int, verb: str) -> Charge:
    """The charge, held until the transaction ends; refused when there is none and once it is billed."""
    charge = Charge.objects.select_for_update(of=("self",)).filter(pk=charge_id).first()
    if charge is None:
        raise unknown("charge", "there is no such charge", charge_id)
    if charge.billed:
        message = f"the charge {charge.description!r} is billed and can't be {verb}; void its invoice, or credit it"
        raise conflict("charge", "billed", message, "SUB-7", charge.description)
    return charge


def _as_new(charge: Charge, given: Mapping[str, Any]) -> NewCharge:
    """The charge as it is, without the one of subscription and choice that another of them takes the place of."""
    return NewCharge(
        account=charge.account_id,
        description=charge.description,
        amount=charge.amount,
        date=charge.date,
        product=charge.product_id,
        subscription=None if given.get("who_pays") is not None else charge.subscription_id,
        who_pays=None if given.get("subscription") is not None else _choice_of(charge),
    )


def _choice_of(charge: Charge) -> WhoPaysChoice | None:
    return None if charge.who_pays_mode is None else WhoPaysChoice(charge.who_pays_mode, charge.payer_id)
