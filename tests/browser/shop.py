"""A small business within the demo, to be changed by tests: in Swiss francs, which nobody else there has."""

import secrets
from dataclasses import dataclass
from typing import Any

from tests.browser.pages import Demo

OPENED = "2026-10-07"
"""The first billing date, and the day that everything begins on."""


@dataclass(frozen=True)
class Shop:
    """Its word stands in its names. It bills on the 7th, 10.00 CHF a seat and month, in advance."""

    demo: Demo
    word: str
    cycle: str
    price: str

    def customer(self, name: str, seats: int = 0) -> "Shopper":
        """A new customer with an account, and a subscription where it has seats."""
        name = f"{name} {secrets.token_hex(3)}"
        number = name.upper().replace(" ", "-")
        account = {"currency": "CHF", "bill_cycle": self.cycle, "start_date": OPENED, "number": number}
        made = self.demo.make(
            "/customers",
            kind="company",
            company_name=name,
            primary_email="ap@shop.example",
            account=account,
        )
        account_id = self.demo.id("accounts", number=number)
        subscription = self.subscribed(account_id, seats) if seats else None
        return Shopper(str(made["id"]), name, account_id, number, subscription)

    def subscribed(self, account: str, seats: int) -> dict[str, Any]:
        """A subscription of the account."""
        items = [{"price": self.price, "quantity": str(seats)}]
        return self.demo.make("/subscriptions", account=account, start_date=OPENED, items=items)


@dataclass(frozen=True)
class Shopper:
    """A customer of the shop, with its one account and what it is subscribed to."""

    id: str
    name: str
    account: str
    number: str
    subscription: dict[str, Any] | None


def open_shop(demo: Demo) -> Shop:
    """A shop with a bill cycle and a product of its own, and without customers."""
    word = secrets.token_hex(3)
    cycle = demo.make("/bill-cycles", name=f"Shop {word}", frequency="monthly", start_date=OPENED, currency="CHF")
    product = demo.make("/products", name=f"Seat {word}", code=f"seat-{word}")
    price = demo.make(
        "/prices", product=product["id"], currency="CHF", type="recurring", model="per_unit", unit_amount="10"
    )
    return Shop(demo, word, str(cycle["id"]), str(price["id"]))
