"""Contracts as they stand on a day."""

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict

from django.db import connection
from django.db.models import Case, DateField, ExpressionWrapper, F, Func, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Least

from banyan.accounts.today import today_of_rows
from banyan.contracts.models import Contract, ContractDocument
from banyan.foundation.last_days import LastDay

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class ContractStatus(StrEnum):
    """CTR-1: what the dates of a contract say on a day."""

    DRAFT = "draft"
    ACTIVE = "active"
    EXPIRING = "expiring"
    ENDED = "ended"
    TERMINATED = "terminated"


class AsItStands(TypedDict):
    """What the day says of a contract."""

    ends_on: date | None
    status: str


if TYPE_CHECKING:
    ContractOnDay = WithAnnotations[Contract, AsItStands]
else:
    ContractOnDay = Contract


def contracts(on: date | None = None, q: str | None = None) -> QuerySet[ContractOnDay]:
    """Contracts with `ends_on`, their last day as it stands on the day (default today), and `status` (CTR-1, DAT-1).

    `ends_on` is the last day of the term under way where a contract renews automatically, and None where it is open. A
    contract is a draft before it starts or is signed, where a day of signing is given, and expiring in the last
    `notice_days` before it ends. `q` is part of a number or a name.
    """
    day = today_of_rows("account__owner") if on is None else Value(on)
    agreed = Func(F("ends_before"), F("renewal_months"), day, function="banyan_end_of_contract")
    over_on = Least(_day(agreed), F("terminated_on"))
    notice_from = Func(F("over_on"), F("notice_days"), template="(%(expressions)s)", arg_joiner=" - ")
    status = Case(
        When(terminated_on__lte=day, then=Value(ContractStatus.TERMINATED.value)),
        When(Q(start_date__gt=day) | Q(signed_on__gt=day), then=Value(ContractStatus.DRAFT.value)),
        When(over_on__lte=day, then=Value(ContractStatus.ENDED.value)),
        When(notice_from__lte=day, then=Value(ContractStatus.EXPIRING.value)),
        default=Value(ContractStatus.ACTIVE.value),
    )
    rows = (
        Contract.reachable.alias(over_on=over_on)
        .alias(notice_from=_day(notice_from))
        .annotate(ends_on=_day(LastDay("over_on")), status=ExpressionWrapper(status, TextField()))
    )
    return rows.filter(Q(number__icontains=q) | Q(name__icontains=q)) if q else rows


def documents_of(contract_id: int) -> QuerySet[ContractDocument]:
    """What is attached to a contract, without the contents."""
    return ContractDocument.objects.filter(contract_id=contract_id).defer("content")


def end_as_it_stands(contract: Contract, on: date) -> date | None:
    """The day after the term that is under way on the day, as agreed; None where the contract is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT banyan_end_of_contract(%s, %s, %s)", [contract.ends_before, contract.renewal_months, on])
        end: date | None = cursor.fetchone()[0]
        return end


def latest_end(contract: Contract) -> date | None:
    """CTR-2: the first day on which everything under the contract has ended; None while it is open or renews."""
    ends = [contract.terminated_on, contract.ends_before if contract.renewal_months is None else None]
    return min((end for end in ends if end is not None), default=None)


def _day(expression: Func) -> "ExpressionWrapper[Func]":
    return ExpressionWrapper(expression, DateField(null=True))
