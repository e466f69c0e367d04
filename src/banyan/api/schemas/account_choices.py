"""What an account chooses from: types, categories, payment terms, bill cycles."""

from datetime import date
from typing import Annotated

from pydantic import Field

from banyan.api.bodies import Body
from banyan.api.fields import Answer, CurrencyCode, Day, choice, not_named, text
from banyan.api.pages import Page

Frequency = Annotated[str, choice("daily", "weekly", "biweekly", "semimonthly", "monthly", "quarterly", "annual")]


class NewAccountType(Body):
    """TYP-1."""

    name: Annotated[str, text(200, 1)]
    description: Annotated[str, text(2000)] = ""
    default: bool = False
    active: bool = True


class AccountTypeChanges(Body):
    """TYP-1, TYP-2."""

    name: Annotated[str, text(200, 1)] = not_named()
    description: Annotated[str, text(2000)] = not_named()
    default: bool = not_named()
    active: bool = not_named()


class AccountTypeAnswer(Answer):
    """TYP-1."""

    id: str
    name: str
    description: str
    default: bool
    active: bool


class NewAccountCategory(Body):
    """ACC-7."""

    name: Annotated[str, text(200, 1)]


class AccountCategoryChanges(Body):
    """Only what is named changes."""

    name: Annotated[str, text(200, 1)] = not_named()


class AccountCategoryAnswer(Answer):
    """ACC-7."""

    id: str
    name: str


class NewPaymentTerm(Body):
    """ACC-11: days from the invoice date to the due date."""

    name: Annotated[str, text(100, 1)]
    days: int = Field(ge=0, le=3650)


class PaymentTermChanges(Body):
    """Only what is named changes."""

    name: Annotated[str, text(100, 1)] = not_named()
    days: int = not_named(ge=0, le=3650)


class PaymentTermAnswer(Answer):
    """ACC-11."""

    id: str
    name: str
    days: int


class NewBillCycle(Body):
    """CYC-1. `start_date` is its first billing date; without a currency it is on offer to accounts of any."""

    name: Annotated[str, text(200, 1)]
    frequency: Frequency
    start_date: Day
    currency: CurrencyCode | None = None
    time_zone: Annotated[str, text(64)] = "UTC"


class BillCycleChanges(Body):
    """Only what is named changes."""

    name: Annotated[str, text(200, 1)] = not_named()
    frequency: Frequency = not_named()
    start_date: Day = not_named()
    currency: CurrencyCode | None = None
    time_zone: Annotated[str, text(64)] = not_named()


class BillingDates(Page[date]):
    """CYC-1: the days on which a run of the cycle is possible."""


class BillCycleAnswer(Answer):
    """CYC-1."""

    id: str
    name: str
    currency: str | None
    frequency: str
    start_date: date
    time_zone: str
