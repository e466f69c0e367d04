"""/invoices and their lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.access import id_if_in_scope, ids_in_scope
from banyan.api.csv_answers import TEXT, csv_answer
from banyan.api.fields import (
    AccountId,
    BillRunId,
    Day,
    InvoiceId,
    InvoiceLineId,
    ProductId,
    SubscriptionGroupId,
    SubscriptionId,
    among,
    id_or_null,
)
from banyan.api.history import history_of
from banyan.api.pages import MOST, Page, Paging, Unsorted, page_of, page_of_list
from banyan.api.payers import payer_answer
from banyan.api.rows import found, matching
from banyan.api.schemas.bill_runs import Reason
from banyan.api.schemas.history import HistoryEntryAnswer
from banyan.api.schemas.invoices import (
    DiscountTakenAnswer,
    InvoiceAnswer,
    InvoiceWithLines,
    LineAnswer,
    Reissue,
    SubtotalAnswer,
    TaxTakenAnswer,
    UsageTakenAnswer,
    WhyAnswer,
)
from banyan.api.whys import PlainWords, why_steps
from banyan.api.writes import created
from banyan.billruns.actions.reissue_invoice import reissue_invoice
from banyan.billruns.documents import accounts_document, parties_document
from banyan.billruns.explanations import explained_rows
from banyan.billruns.queries import decided_on
from banyan.catalog.models import Product
from banyan.engine.reasons import what_is_paid
from banyan.engine.result import Payer
from banyan.engine.taxes import REVERSE_CHARGE_NOTE
from banyan.invoices import queries
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice, InvoiceStatus
from banyan.invoices.parties import NamedAccount, accounts_of, labels, parties_of
from banyan.invoices.queries import InvoiceWithAmounts, LineWithAmounts
from banyan.invoices.trails import accounts_in, stored_payer
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import encode_id
from banyan.kernel.money import CURRENCIES, amount_text, exact_amount_text
from banyan.subscriptions.queries import subscription_numbers

router = Router()
ORDERS = {"invoice_date": "invoice_date", "due_date": "due_date"}
COLUMNS = (
    "id", "kind", "account", "account_number", "account_name", "subscription", "subscription_number", "item", "charge",
    "price", "product", "product_name", "description", "period_start", "period_end", "quantity",
    "unit_amount", "currency", "gross", "discount", "net", "tax", "total", "corrects",
)  # fmt: skip


class InvoiceFilters(Paging):
    """INV-1, INV-2."""

    account: AccountId | None = None
    for_account: AccountId | None = None
    group: SubscriptionGroupId | None = None
    bill_run: BillRunId | None = None
    status: Annotated[str, among(InvoiceStatus.values)] | None = None
    number: str | None = None
    currency: Annotated[str, among(CURRENCIES)] | None = None
    invoice_date: Day | None = None
    due_date: Day | None = None
    subscription: SubscriptionId | None = None


class LineFilters(Unsorted):
    """INV-4."""

    account: AccountId | None = None
    subscription: SubscriptionId | None = None
    product: ProductId | None = None


@router.get("/invoices", response=Page[InvoiceAnswer])
def list_invoices(request: HttpRequest, query: Query[InvoiceFilters]) -> Page[InvoiceAnswer]:
    """Invoices; `subscription` finds those that bill it, so none that is void."""
    rows = queries.invoices() if query.number is None else queries.invoices_numbered(query.number)
    if query.subscription is not None:
        rows = queries.billing_subscription(rows, query.subscription)
    rows = matching(
        rows,
        account=query.account,
        for_account=query.for_account,
        group=query.group,
        bill_run_id=query.bill_run,
        status=query.status,
        currency=query.currency,
        invoice_date=query.invoice_date,
        due_date=query.due_date,
    )
    return page_of(Page[InvoiceAnswer], rows, query, ORDERS, invoice_answers)


@router.get("/invoices/{invoice_id}", response=InvoiceWithLines)
def get_invoice(request: HttpRequest, invoice_id: InvoiceId) -> InvoiceWithLines:
    """One invoice with its lines, the first 1,000 of them."""
    return _with_lines(found(queries.invoices(), invoice_id))


@router.get("/invoices/{invoice_id}/lines", response=Page[LineAnswer])
def list_lines(request: HttpRequest, invoice_id: InvoiceId, query: Query[LineFilters]) -> Page[LineAnswer]:
    """The lines of an invoice, in pages."""
    wanted = {"account_id": query.account, "subscription_id": query.subscription, "product_id": query.product}
    return _lines(found(queries.invoices(), invoice_id), query, **wanted)


@router.get(
    "/invoices/{invoice_id}/lines.csv",
    openapi_extra={"responses": {200: {"description": "The lines", "content": TEXT}}},
)
def get_lines_as_csv(request: HttpRequest, invoice_id: InvoiceId) -> StreamingHttpResponse:
    """All lines of an invoice as CSV, streamed however many there are."""
    invoice = found(queries.invoices(), invoice_id)
    encode = partial(line_answers, invoice)
    return csv_answer(f"{queries.number_of(invoice) or 'draft'}.csv", COLUMNS, queries.lines_of(invoice.id), encode)


@router.get("/invoices/{invoice_id}/subtotals", response=Page[SubtotalAnswer])
def list_subtotals(request: HttpRequest, invoice_id: InvoiceId, query: Query[Unsorted]) -> Page[SubtotalAnswer]:
    """What the lines of each account come to on an invoice, in the order of the lines (INV-5)."""
    return _subtotals(found(queries.invoices(), invoice_id), query)


@router.get("/invoices/{invoice_id}/lines/{line_id}/why", response=WhyAnswer)
def get_why(request: HttpRequest, invoice_id: InvoiceId, line_id: InvoiceLineId) -> WhyAnswer:
    """Why a line costs what it does: price, quantity or usage, tiers, days, discounts and taxes, step by step, in words
    and numbers that add up to its total; and why this account pays it (INV-11).
    """
    invoice = found(queries.invoices(), invoice_id)
    row = found(queries.lines_of(invoice.id), line_id)
    (answer,) = line_answers(invoice, [row])
    (steps,) = explained_rows(invoice, [row], parties_of(invoice), PlainWords(invoice.currency))
    return WhyAnswer(
        line=answer.id,
        description=answer.description,
        currency=answer.currency,
        steps=why_steps(steps, invoice.currency),
        gross=answer.gross,
        net=answer.net,
        tax=answer.tax,
        total=answer.total,
        payer=answer.payer,
    )


@router.get("/invoices/{invoice_id}/history", response=Page[HistoryEntryAnswer])
def list_invoice_history(
    request: HttpRequest, invoice_id: InvoiceId, query: Query[Unsorted]
) -> Page[HistoryEntryAnswer]:
    """Who voided or reissued the invoice, when and why, newest first (RUN-11)."""
    found(queries.invoices(), invoice_id)
    return history_of("invoice", invoice_id, query)


@router.post("/invoices/{invoice_id}/void", response=InvoiceWithLines)
def post_void(request: HttpRequest, invoice_id: InvoiceId, body: Reason | None = None) -> InvoiceWithLines:
    """Void an issued invoice; its charges are billed again by the next run (INV-6)."""
    void_invoice(invoice_id, "" if body is None else body.reason)
    return _with_lines(found(queries.invoices(), invoice_id))


@router.post("/invoices/{invoice_id}/reissue", response={201: InvoiceWithLines})
def post_reissue(request: HttpRequest, invoice_id: InvoiceId, body: Reissue) -> Status[InvoiceWithLines]:
    """Void an invoice and issue the same charges again at once under a new number: the answer is the new invoice.

    It is dated today, due by the payment term of today, with seller, buyer and accounts as they are now; payer, split,
    lines and amounts are those of the old one, also when the payer has changed since (INV-10). For a wrong address or
    purchase-order number.
    """
    found(queries.invoices(), invoice_id)
    new = reissue_invoice(invoice_id, body.reason)
    return created(_with_lines(found(queries.invoices(), new.pk)))


def _with_lines(invoice: InvoiceWithAmounts) -> InvoiceWithLines:
    lines = _lines(invoice, Unsorted(limit=MOST))
    (answer,) = invoice_answers([invoice])
    subtotals = queries.subtotals_of(invoice.id)[:MOST]
    named = accounts_of(invoice, [each.account_id for each in subtotals])
    return InvoiceWithLines.model_validate(
        {
            **dict(answer),
            **parties_document(parties_of(invoice)),
            "accounts": accounts_document(named),
            "subtotals": subtotal_answers(subtotals, invoice.currency),
            "lines": lines.data,
            "next_cursor": lines.next_cursor,
        }
    )


def _subtotals(invoice: Invoice, paging: Unsorted) -> Page[SubtotalAnswer]:
    encode = partial(subtotal_answers, currency=invoice.currency)
    return page_of_list(Page[SubtotalAnswer], queries.subtotals_of(invoice.id), paging, encode)


def subtotal_answers(rows: Sequence[queries.Subtotal], currency: str) -> list[SubtotalAnswer]:
    """Subtotals of one invoice as clients see them."""
    accounts = ids_in_scope("account", [row.account_id for row in rows])
    return [
        SubtotalAnswer(
            account=id_if_in_scope("account", row.account_id, accounts),
            lines=row.lines,
            currency=currency,
            gross=amount_text(row.gross, currency),
            discount=amount_text(row.discount, currency),
            net=amount_text(row.net, currency),
            tax=amount_text(row.tax, currency),
            total=amount_text(row.total, currency),
        )
        for row in rows
    ]


def _lines(invoice: Invoice, paging: Unsorted, **wanted: int | None) -> Page[LineAnswer]:
    encode = partial(line_answers, invoice)
    return page_of(Page[LineAnswer], matching(queries.lines_of(invoice.id), **wanted), paging, {}, encode)


def invoice_answers(rows: Sequence[InvoiceWithAmounts]) -> list[InvoiceAnswer]:
    """Invoices as clients see them."""
    accounts = ids_in_scope("account", [row.for_account_id for row in rows])
    subscriptions = ids_in_scope("subscription", [row.subscription_id for row in rows])
    charges = ids_in_scope("charge", [row.charge_id for row in rows])
    return [
        _invoice_answer(
            row,
            id_if_in_scope("account", row.for_account_id, accounts),
            id_if_in_scope("subscription", row.subscription_id, subscriptions),
            id_if_in_scope("charge", row.charge_id, charges),
        )
        for row in rows
    ]


def _invoice_answer(
    row: InvoiceWithAmounts, for_account: str | None, subscription: str | None, charge: str | None
) -> InvoiceAnswer:
    return InvoiceAnswer(
        id=encode_id("invoice", row.id),
        number=queries.number_of(row),
        account=encode_id("account", row.account_id),
        for_account=for_account,
        group=id_or_null("subscription_group", row.group_id),
        subscription=subscription,
        charge=charge,
        bill_run=encode_id("bill_run", row.bill_run_id),
        status=row.status,
        invoice_date=row.invoice_date,
        due_date=row.due_date,
        currency=row.currency,
        gross=amount_text(row.gross, row.currency),
        discount=amount_text(row.discount, row.currency),
        net=amount_text(row.net, row.currency),
        tax=amount_text(row.tax, row.currency),
        total=amount_text(row.total, row.currency),
        balance=amount_text(row.balance, row.currency),
        reverse_charge=row.reverse_charge,
        notes=[REVERSE_CHARGE_NOTE] if row.reverse_charge else [],
        reissue_of=id_or_null("invoice", row.reissue_of),
        reissued_as=id_or_null("invoice", row.reissued_as),
    )


def line_answers(invoice: Invoice, rows: Sequence[LineWithAmounts]) -> list[LineAnswer]:
    """Lines of one invoice as clients see them, with the reasons for who pays."""
    payers = {row.id: stored_payer(row.payer_trail, row.account_id) for row in rows}
    accounts = accounts_of(invoice, accounts_in(payers.values()) | {row.account_id for row in rows})
    on = decided_on(invoice)
    named = Names(accounts, subscription_numbers(row.subscription_id for row in rows), _products(rows))
    return [_line_answer(row, payers[row.id], named, invoice.currency, on) for row in rows]


@dataclass(frozen=True, slots=True)
class Names:
    """What lines refer to is called: accounts in reach, subscriptions and products by id."""

    accounts: Mapping[int, NamedAccount]
    subscriptions: Mapping[int, str]
    products: Mapping[int, str]


def _products(rows: Sequence[LineWithAmounts]) -> dict[int, str]:
    named = Product.objects.filter(pk__in={row.product_id for row in rows if row.product_id is not None})
    return dict(named.values_list("pk", "name"))


def _line_answer(row: LineWithAmounts, payer: Payer, names: Names, currency: str, on: date) -> LineAnswer:
    account = names.accounts.get(row.account_id)
    return LineAnswer(
        id=encode_id("invoice_line", row.id),
        kind=row.kind,
        account=encode_id("account", row.account_id) if account else None,
        account_number=account.number if account else None,
        account_name=account.name if account else None,
        subscription=id_or_null("subscription", row.subscription_id) if account else None,
        subscription_number=names.subscriptions.get(row.subscription_id or 0) if account else None,
        item=id_or_null("subscription_item", row.item_id) if account else None,
        charge=id_or_null("charge", row.charge_id) if account else None,
        price=id_or_null("price", row.price_id),
        product=id_or_null("product", row.product_id),
        product_name=names.products.get(row.product_id or 0),
        description=row.description,
        period_start=row.period_start,
        period_end=row.period_end,
        quantity=decimal_text(row.quantity),
        unit_amount=None if row.unit_amount is None else exact_amount_text(row.unit_amount, currency),
        currency=currency,
        gross=amount_text(row.gross, currency),
        discount=amount_text(row.discount, currency),
        discounts=[
            DiscountTakenAnswer(name=name, percent=percent, amount=amount_text(Decimal(amount), currency))
            for name, percent, amount, *_ in row.discounts or ()
        ],
        net=amount_text(row.net, currency),
        tax=amount_text(row.tax, currency),
        taxes=[
            TaxTakenAnswer(name=name, percent=percent, amount=amount_text(Decimal(amount), currency))
            for name, percent, amount in row.taxes or ()
        ],
        total=amount_text(row.total, currency),
        reverse_charge=row.reverse_charge,
        usage=None if row.usage is None else _usage_answer(row.usage),
        corrects=id_or_null("invoice_line", row.corrects),
        payer=payer_answer(payer, labels(names.accounts), on, what_is_paid(row.subscription_id, row.charge_id)),
    )


def _usage_answer(usage: Sequence[str]) -> UsageTakenAnswer:
    used, own, shared = (decimal_text(Decimal(amount)) for amount in usage)
    return UsageTakenAnswer(used=used, own_allowance=own, shared_allowance=shared)
