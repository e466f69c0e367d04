"""Give an account a discount (DIS-1)."""

from decimal import Decimal

from django.db import transaction

from banyan.accounts.models import Account
from banyan.catalog.checks import check_number, check_validity
from banyan.catalog.inputs import NewDiscount
from banyan.catalog.models import Discount, Product
from banyan.kernel.decimals import is_plain
from banyan.kernel.money import minor_units
from banyan.kernel.refusals import Problems

PERCENT_DECIMALS = 6
LARGEST_AMOUNT = Decimal(10) ** 15


def create_discount(new: NewDiscount) -> Discount:
    """A discount in percent, or a fixed amount in the account's currency; after those that the account has already."""
    problems = Problems()
    account = Account.objects.filter(pk=new.account).first()
    if account is None:
        problems.add("account", "unknown", "there is no such account", "DIS-1", new.account)
    _check_size(problems, new, account)
    check_validity(problems, new.valid_from, new.valid_to, "DIS-1")
    products = _known_products(problems, new.products or ())
    problems.raise_if_any()
    with transaction.atomic():
        discount = Discount.objects.create(
            account_id=new.account,
            percent=new.percent,
            amount=new.amount,
            valid_from=new.valid_from,
            valid_to=new.valid_to,
        )
        if products:
            discount.products.set(products)
    return discount


def _check_size(problems: Problems, new: NewDiscount, account: Account | None) -> None:
    if (new.percent is None) == (new.amount is None):
        message = "a discount is either a percent or an amount; give one of them"
        problems.add("percent", "percent_or_amount", message, "DIS-1", new.percent)
    if new.percent is not None:
        right = f"more than 0, at most 100, with at most {PERCENT_DECIMALS} decimals"
        check_number(problems, "percent", new.percent, _is_percent, right, "DIS-1")
    if new.amount is not None:
        decimals = minor_units(account.currency) if account else 4

        def is_amount(number: Decimal) -> bool:
            return 0 < number < LARGEST_AMOUNT and is_plain(number, decimals)

        right = f"more than 0, below {LARGEST_AMOUNT}, with at most {decimals} decimals"
        check_number(problems, "amount", new.amount, is_amount, right, "DIS-1")


def _is_percent(number: Decimal) -> bool:
    return 0 < number <= 100 and is_plain(number, PERCENT_DECIMALS)


def _known_products(problems: Problems, product_ids: tuple[int, ...]) -> list[Product]:
    known = Product.objects.in_bulk(product_ids)
    for number, product_id in enumerate(product_ids):
        if product_id not in known:
            problems.add(f"products.{number}", "unknown", "there is no such product", "DIS-1", product_id)
    return list(known.values())
