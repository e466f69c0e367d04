"""A small company of the second opinion's, billed in memory."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from banyan.verification.second_opinion.billing import bill, every_part
from banyan.verification.second_opinion.facts import (
    Account,
    Charge,
    Discount,
    Event,
    Invoice,
    Item,
    Line,
    Meter,
    Price,
    Product,
    Rate,
    World,
)

ANCHOR = date(2026, 1, 1)


def day(month: int, of_month: int = 1) -> date:
    return date(2026, month, of_month)


class Books:
    """A world with what was issued so far."""

    def __init__(self, decimals: int = 2) -> None:
        self.world = World(decimals, products={1: Product("Plan", None)}, meters={1: Meter("sum", 0)})
        self.lines: list[Line] = []
        self.invoices: list[Invoice] = []
        self.account(1)

    def account(self, id: int, **about: Any) -> Account:
        made = self.world.accounts[id] = Account(id, f"A-{id:02}", **about)
        return made

    def price(self, type: str = "recurring", **about: Any) -> Price:
        id = len(self.world.prices) + 1
        given: dict[str, Any] = {"model": "flat" if "flat" in about else "per_unit", "interval": ("month", 1)}
        given |= {"advance": type == "recurring", "meter": 1 if type == "usage" else None} | about
        for name in ("flat", "unit", "included"):
            given[name] = Fraction(given.get(name, 0))
        made = self.world.prices[id] = Price(id=id, type=type, product=1, **given)
        return made

    def item(self, price: Price, quantity: object = 1, start: date = ANCHOR, account: int = 1, **about: Any) -> Item:
        id = len(self.world.items) + 1
        made = self.world.items[id] = Item(
            id=id,
            subscription=about.pop("subscription", id),
            account=account,
            start=start,
            end=about.pop("end", None),
            prices=[(start, price)],
            quantities=[(start, Fraction(str(quantity)))],
            anchors=[(None, ANCHOR)],
            cycles=[(None, 1)],
            **about,
        )
        return made

    def discount(self, account: int = 1, percent: object = None, amount: object = None, **about: Any) -> Discount:
        number = sum(map(len, self.world.discounts.values())) + 1
        fractions = (None if given is None else Fraction(str(given)) for given in (percent, amount))
        made = Discount(number, account, *fractions, **about)
        self.world.discounts.setdefault(account, []).append(made)
        return made

    def rate(self, percent: object, **about: Any) -> None:
        self.world.rates.append(Rate("VAT", "DE", None, None, Fraction(str(percent)), **about))

    def charge(self, amount: object, on: date, account: int = 1, **about: Any) -> Charge:
        id = len(self.world.charges) + 1
        made = Charge(id, account, about.pop("subscription", None), None, "Visit", Fraction(str(amount)), on)
        self.world.charges[id] = made
        return made

    def use(self, much: object, on: date, account: int = 1, **about: Any) -> None:
        events = self.world.events.setdefault((account, 1), [])
        events.append(Event(account, 1, on, Fraction(str(much)), str(much), **about))
        events.sort(key=lambda event: event.day)

    def run(self, on: date, payer: int = 1) -> list[Line]:
        """Issues what the payer is to be invoiced, and gives its lines."""
        found = bill(self.world, self.lines, on, payer, every_part(self.world, self.lines, on))
        self.invoices = found
        issued = [line for invoice in found if not invoice.held for line in invoice.lines]
        for line in issued:
            line.id, line.billing_date = len(self.lines) + 1, on
            self.lines.append(line)
        return issued

    def void(self, *lines: Line) -> None:
        for line in lines:
            line.live = False


def gross(lines: list[Line]) -> list[str]:
    return [f"{float(line.gross):.2f}" for line in lines]


def totals(lines: list[Line]) -> list[str]:
    return [f"{float(line.total):.2f}" for line in lines]


def one_day_before(on: date) -> date:
    return on - timedelta(days=1)
