"""Why lines cost what they do, as clients see it (INV-11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from banyan.api.schemas.invoices import WhyStep
from banyan.engine.explaining import Why
from banyan.kernel.decimals import decimal_text
from banyan.kernel.money import exact_amount_text


@dataclass(frozen=True, slots=True)
class PlainWords:
    """Amounts, numbers and days as the API writes them."""

    currency: str

    def money(self, amount: Decimal) -> str:
        """With the currency, and its decimals or more where there are more: 15.00 USD, 0.0025 USD."""
        return f"{exact_amount_text(amount, self.currency)} {self.currency}"

    def number(self, number: Decimal) -> str:
        """A plain decimal."""
        return decimal_text(number)

    def day(self, day: date) -> str:
        """2026-01-31."""
        return day.isoformat()


def why_steps(steps: Iterable[Why], currency: str) -> list[WhyStep]:
    """The steps as clients see them."""
    return [
        WhyStep(
            what=step.what,
            says=step.says,
            rule=step.rule,
            adds_to=None if step.adds_to is None else step.adds_to.value,
            amount=None if step.amount is None else exact_amount_text(step.amount, currency),
        )
        for step in steps
    ]
