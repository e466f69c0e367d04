"""Invoices and their lines."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from banyan.api.bodies import Body
from banyan.api.fields import Answer, DecimalOut, text
from banyan.api.schemas.organizations import TaxRegistrationAnswer
from banyan.api.schemas.parts import AddressAnswer
from banyan.api.schemas.relations import PayerAnswer


class DiscountTakenAnswer(Answer):
    """INV-4: a discount on a line; `percent` null is a share of a fixed amount."""

    name: str
    percent: DecimalOut | None
    amount: DecimalOut


class TaxTakenAnswer(Answer):
    """INV-4."""

    name: str
    percent: DecimalOut
    amount: DecimalOut


class UsageTakenAnswer(Answer):
    """POO-3."""

    used: DecimalOut
    own_allowance: DecimalOut
    shared_allowance: DecimalOut


class LineAnswer(Answer):
    """INV-4, WHO-6. A pending charge has no id yet; `unit_amount` is null where no single price holds.

    With `reverse_charge` the customer accounts for the VAT (TAX-3).

    Names and numbers stand beside the ids; those of accounts as on issue (INV-9). A line of an account out of reach is
    shown, because the invoice has to add up, but not whose it is.
    """

    id: str | None
    kind: str
    account: str | None
    account_number: str | None = None
    account_name: str | None = None
    subscription: str | None
    subscription_number: str | None = None
    item: str | None = None
    charge: str | None = None
    price: str | None = None
    product: str | None
    product_name: str | None = None
    description: str
    period_start: date
    period_end: date
    quantity: DecimalOut
    unit_amount: DecimalOut | None
    currency: str
    gross: DecimalOut
    discount: DecimalOut
    discounts: list[DiscountTakenAnswer]
    net: DecimalOut
    tax: DecimalOut
    taxes: list[TaxTakenAnswer]
    total: DecimalOut
    reverse_charge: bool = False
    usage: UsageTakenAnswer | None
    corrects: str | None
    payer: PayerAnswer


class WhyStep(Answer):
    """INV-11: one step of why a line costs what it does: `what` it is, what it `says` in words, by which `rule`, and
    where it adds to the gross, the discount (below zero) or the tax, its `amount`.
    """

    what: str
    says: str
    rule: str
    adds_to: Literal["gross", "discount", "tax"] | None
    amount: DecimalOut | None


class WhyAnswer(Answer):
    """INV-11. The amounts of the steps add up exactly: those of the gross to `gross`, with those of the discount to
    `net`, those of the tax to `tax`, and all of them to `total`. `payer` says who pays, and why.
    """

    line: str | None
    description: str
    currency: str
    steps: list[WhyStep]
    gross: DecimalOut
    net: DecimalOut
    tax: DecimalOut
    total: DecimalOut
    payer: PayerAnswer


class InvoiceAnswer(Answer):
    """INV-1, INV-2. A simulated invoice has no id, a draft no number. `notes` are to be printed on it (TAX-3).

    `for_account`, `group`, `subscription` and `charge` say why it is apart from the payer's other invoices: a managed
    account (BHI-4), a group, or a subscription or one-time charge that is invoiced by itself (WHO-1).

    `reissue_of` is the void invoice that this one was issued instead of, `reissued_as` the one that was issued instead
    of this one (INV-10). `simulated` is the id of a simulated invoice, which stands with its lines at
    /simulated-invoices/{id}.
    """

    id: str | None
    number: str | None
    account: str
    for_account: str | None
    group: str | None
    subscription: str | None
    charge: str | None = None
    bill_run: str
    status: str
    invoice_date: date
    due_date: date
    currency: str
    gross: DecimalOut
    discount: DecimalOut
    net: DecimalOut
    tax: DecimalOut
    total: DecimalOut
    balance: DecimalOut
    reverse_charge: bool = False
    notes: list[str] = []
    reissue_of: str | None = None
    reissued_as: str | None = None
    simulated: str | None = None


class Reissue(Body):
    """INV-10. The reason is kept in the history of both invoices."""

    reason: Annotated[str, text(2000, 1)] = Field(examples=["Wrong billing address"])


class SubtotalAnswer(Answer):
    """INV-5: what the lines of one account come to; whose they are is not said of an account out of reach."""

    account: str | None
    lines: int
    currency: str
    gross: DecimalOut
    discount: DecimalOut
    net: DecimalOut
    tax: DecimalOut
    total: DecimalOut


class SellerAnswer(Answer):
    """INV-9: the owner that invoices, as it was on issue."""

    owner: str
    legal_name: str
    address: AddressAnswer
    tax_registrations: list[TaxRegistrationAnswer]


class BuyerAnswer(Answer):
    """INV-9: the customer that is invoiced and the account of it that pays, as they were on issue; addresses are the
    account's, else the customer's (ACC-13).
    """

    customer: str
    customer_number: str
    name: str
    tax_number: str | None
    tax_id_validated: bool
    account: str
    account_number: str
    account_name: str
    contact_name: str | None
    billing_address: AddressAnswer | None
    shipping_address: AddressAnswer | None
    billing_details: JsonValue


class TermAnswer(Answer):
    """INV-9: the payment term as it was on issue: due so many days after the invoice date."""

    name: str
    days: int


class NamedAccountAnswer(Answer):
    """INV-9: what an account was called when the invoice was issued."""

    account: str
    number: str
    name: str


class InvoiceWithLines(InvoiceAnswer):
    """An invoice with its first 1,000 lines and subtotals; `next_cursor` leads to the rest of the lines at
    /invoices/{id}/lines, and /invoices/{id}/subtotals has all subtotals in pages.

    Seller, buyer, payment term, language and what accounts are called stay as they were on issue, whatever is edited
    later (INV-9); a draft shows what holds now. `accounts` are those that `subtotals` name.
    """

    seller: SellerAnswer
    buyer: BuyerAnswer
    payment_term: TermAnswer
    language: str
    accounts: list[NamedAccountAnswer]
    subtotals: list[SubtotalAnswer]
    lines: list[LineAnswer]
    next_cursor: str | None


class SimulatedLine(LineAnswer):
    """A line of a simulated invoice with why it costs what it does (INV-11)."""

    why: list[WhyStep]


class SimulatedInvoiceAnswer(InvoiceAnswer):
    """RUN-6: an invoice that a simulation came to, with parties and names as they were then, and its lines in pages:
    `next_cursor` leads to the rest.
    """

    seller: SellerAnswer
    buyer: BuyerAnswer
    payment_term: TermAnswer
    language: str
    accounts: list[NamedAccountAnswer]
    lines: list[SimulatedLine]
    next_cursor: str | None


class PendingCharges(Answer):
    """INV-8: what a run for that day would bill to the account."""

    billing_date: date
    data: list[LineAnswer]


class NextInvoicesAnswer(Answer):
    """SUB-9: the lines of one subscription that a run on `billing_date` would bill, on whichever invoice: as things are
    (`before`) and with what is looked at (`after`), with their totals and the difference.
    """

    billing_date: date
    currency: str
    before: list[LineAnswer]
    after: list[LineAnswer]
    total_before: str
    total_after: str
    difference: str
