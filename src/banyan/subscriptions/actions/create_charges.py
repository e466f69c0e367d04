"""Charge an account once, or credit it (SUB-7)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction

from banyan.accounts.copying import copy_in
from banyan.accounts.models import Account
from banyan.catalog.models import Product
from banyan.kernel.decimals import is_plain
from banyan.kernel.money import minor_units
from banyan.kernel.refusals import Kind, Problems, Refusal
from banyan.kernel.texts import fault_of
from banyan.subscriptions.inputs import NewCharge
from banyan.subscriptions.locking import hold_accounts
from banyan.subscriptions.models import Charge

WHOLE_DIGITS = 15


def create_charge(new: NewCharge) -> Charge:
    """The new charge, or the refusal raised."""
    (result,) = create_charges([new])
    if isinstance(result, Refusal):
        raise result
    return result


def create_charges(new: Sequence[NewCharge]) -> list[Charge | Refusal]:
    """A charge or the reasons against it at each input's position, in the same number of queries for any number."""
    with transaction.atomic():
        accounts = hold_accounts(one.account for one in new)
        products = Product.objects.in_bulk({one.product for one in new if one.product is not None})
        results = [_check(one, accounts.get(one.account), products) for one in new]
        copy_in([result for result in results if isinstance(result, Charge)])
    return results


def _check(new: NewCharge, account: Account | None, products: Mapping[int, Product]) -> Charge | Refusal:
    problems = Problems()
    if account is None:
        problems.add("account", "unknown", "there is no such account", "SUB-7", new.account)
    elif account.inactive_since is not None and new.date > account.inactive_since:
        last_day = account.inactive_since
        message = f"account {account.number} is inactive since {last_day}; nothing that is dated later is charged"
        problems.add("date", "account_inactive", message, "ACC-3", new.date, Kind.CONFLICT)
    _check_amount(problems, new.amount, account)
    if fault := fault_of(new.description, 500):
        problems.add("description", "unreadable", f"description {fault}", "SUB-7", new.description)
    if new.product is not None and new.product not in products:
        problems.add("product", "unknown", "there is no such product", "SUB-7", new.product)
    if problems.found:
        return Refusal(problems.found, problems.kind)
    return Charge(
        account_id=new.account,
        product_id=new.product,
        description=new.description,
        amount=new.amount,
        date=new.date,
    )


def _check_amount(problems: Problems, amount: Decimal, account: Account | None) -> None:
    if not amount:
        message = "amount 0 charges nothing; give a charge or, negative, a credit"
        problems.add("amount", "zero", message, "SUB-7", amount)
        return
    if account is None:
        return  # how many decimals it may have is its currency's
    decimals = minor_units(account.currency)
    if not is_plain(amount, decimals, WHOLE_DIGITS):
        message = (
            f"amount {amount} must have at most {WHOLE_DIGITS} digits and {decimals} decimals ({account.currency})"
        )
        problems.add("amount", "not_in_minor_units", message, "SUB-7", amount)
