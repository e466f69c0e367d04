"""Customers and accounts on one bill cycle, to be related to each other."""

from datetime import date
from itertools import count
from typing import Any

from banyan.accounts.models import Account, BillCycle, Customer
from banyan.customers.actions.open_customers import open_customer
from banyan.relations.inputs import CustomerPlacement
from tests.business import a_bill_cycle

NEW_YEAR = date(2026, 1, 1)
FEBRUARY = date(2026, 2, 1)
MARCH = date(2026, 3, 1)
_numbers = count(1)


class People:
    """Opens customers with one account each, from New Year 2026 on and in dollars unless given otherwise."""

    def __init__(self) -> None:
        self.cycle: BillCycle = a_bill_cycle()

    def new_account(self, **given: Any) -> dict[str, Any]:
        return {"currency": "USD", "bill_cycle": self.cycle.id, "start_date": NEW_YEAR} | given

    def placement(self, account: dict[str, Any] | None = None, **places: int | None) -> CustomerPlacement:
        name = f"Company {next(_numbers)}"
        new = {"kind": "company", "company_name": name, "primary_email": "ap@example.com"}
        return CustomerPlacement(customer=new, account=self.new_account(**(account or {})), **places)

    def customer(self, parent: Customer | None = None, **account: Any) -> Customer:
        return open_customer(self.placement(account, parent=parent.id if parent else None))

    def chain(self, length: int) -> list[Customer]:
        """So many customers, each the parent of the next."""
        customers = [self.customer()]
        while len(customers) < length:
            customers.append(self.customer(customers[-1]))
        return customers

    def account(self, parent: Account | None = None, responsible: Account | None = None, **given: Any) -> Account:
        """The account of a new customer."""
        customer = open_customer(
            self.placement(
                given,
                account_parent=parent.id if parent else None,
                responsible_account=responsible.id if responsible else None,
            )
        )
        return Account.objects.get(customer=customer)
