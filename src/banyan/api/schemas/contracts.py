"""Contracts of accounts, their documents, and what ends with them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict

from banyan.api.bodies import Body
from banyan.api.fields import AccountId, Answer, Base64, Day, choice, not_named, text

Renewal = Annotated[str, choice("none", "automatic")]


class NewContract(Body):
    """CTR-1. `end_date` is the last day covered; without it the contract is open. `renewal` is `none` unless it is
    `automatic`: then it goes on at its end by `renewal_months` (12 when not given), and again."""

    model_config = ConfigDict(json_schema_extra={"required": ["account", "start_date"]})

    account: AccountId = not_named()
    start_date: Day = not_named()
    end_date: Day | None = None
    number: Annotated[str, text(1000)] | None = None
    name: Annotated[str, text(1000)] | None = None
    signed_on: Day | None = None
    renewal: Renewal | None = None
    renewal_months: int | None = None
    notice_days: int | None = None
    notes: Annotated[str, text(20_000)] | None = None


class ContractChanges(Body):
    """Only what is named changes; the account is fixed."""

    account: AccountId = not_named()
    start_date: Day = not_named()
    end_date: Day | None = None
    number: Annotated[str, text(1000)] = not_named()
    name: Annotated[str, text(1000)] | None = None
    signed_on: Day | None = None
    renewal: Renewal | None = None
    renewal_months: int | None = None
    notice_days: int | None = None
    notes: Annotated[str, text(20_000)] | None = None


class ContractAnswer(Answer):
    """CTR-1, as it stands on the day that was asked for: `ends_on` is the last day of the term under way, null while it
    is open; `terminated_on` the first day not covered any more; `status` is draft, active, expiring (inside the notice
    period), ended or terminated.
    """

    id: str
    account: str
    number: str
    name: str
    signed_on: date | None
    start_date: date
    end_date: date | None
    renewal: str
    renewal_months: int | None
    notice_days: int
    status: str
    ends_on: date | None
    terminated_on: date | None
    termination_reason: str
    notes: str
    created_at: datetime


class Termination(Body):
    """CTR-1: `date` is the first day not covered any more."""

    date: Day
    reason: Annotated[str, text(20_000)] = ""


class EndedSubscriptionAnswer(Answer):
    """A subscription that ends with its contract: when it would have ended, and when it ends now."""

    subscription: str
    number: str
    account: str
    earlier_end_date: date | None
    end_date: date


class TerminationAnswer(ContractAnswer):
    """CTR-2: the contract as it is on the day it ends, and what ends with it."""

    ended_subscriptions: list[EndedSubscriptionAnswer]


class NewDocument(Body):
    """CTR-1: a file of up to 10 MiB, its content in base64."""

    name: Annotated[str, text(1000)]
    content: Base64
    media_type: Annotated[str, text(1000)] | None = None


class DocumentAnswer(Answer):
    """CTR-1: what a file is; its content is at `…/content`."""

    id: str
    contract: str
    name: str
    media_type: str
    size: int
    uploaded_by: str
    uploaded_at: datetime
