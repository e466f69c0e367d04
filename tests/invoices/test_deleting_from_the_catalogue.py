"""What of the catalogue can be deleted, and what is ended instead."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from banyan.accounts.models import Account, Customer
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.actions.create_tax_exemption import create_tax_exemption
from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.actions.delete_catalog_entry import CatalogEntry, delete_catalog_entry
from banyan.catalog.actions.end_validity import end_validity
from banyan.catalog.inputs import NewDiscount, NewTaxExemption, NewTaxRate
from banyan.catalog.models import Discount, Meter, Price, Product, TaxRate
from banyan.foundation.models import HistoryEntry
from banyan.invoices.actions.delete_discount import delete_discount
from banyan.invoices.actions.delete_tax_exemption import delete_tax_exemption
from banyan.invoices.actions.delete_tax_rate import delete_tax_rate
from banyan.kernel.refusals import Kind, Refusal
from tests.billruns.running import FEBRUARY, JANUARY, run_for, used
from tests.business import a_meter, a_price, a_product, an_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.mark.rule("CAT-1", "USE-1", "ACC-16")
@pytest.mark.parametrize("create", [a_product, a_meter, a_price])
def test_what_nothing_uses_is_deleted_and_stays_in_the_history(create: Callable[[], CatalogEntry]) -> None:
    entry = create()
    delete_catalog_entry(type(entry), entry.id)
    assert not type(entry).objects.filter(id=entry.id).exists()
    kind = type(entry).__name__.lower()
    assert HistoryEntry.objects.filter(subject_kind=kind).latest("id").action == "deleted"


def discounted() -> Product:
    product = a_product()
    create_discount(NewDiscount(account=an_account().id, percent=Decimal(10), products=(product.id,)))
    return product


def subscribed_price() -> Price:
    price = a_price()
    subscribed(an_account(), price)
    return price


def used_meter() -> Meter:
    meter = a_meter()
    used(an_account(), meter, 5, JANUARY)
    return meter


USED: list[tuple[Callable[[], CatalogEntry], str, str]] = [
    (lambda: a_price().product, "CAT-1", "1 price"),
    (discounted, "CAT-1", "1 discount"),
    (subscribed_price, "CAT-1", "1 subscription item"),
    (used_meter, "USE-1", "1 usage event"),
    (lambda: a_price(type="usage", meter=a_meter().id).meter, "USE-1", "1 price"),
]


@pytest.mark.rule("CAT-1", "USE-1")
@pytest.mark.parametrize(("create", "rule", "words"), USED)
def test_what_is_used_is_kept_and_the_refusal_names_the_use(
    create: Callable[[], CatalogEntry], rule: str, words: str
) -> None:
    entry = create()
    with pytest.raises(Refusal, match=words) as refusal:
        delete_catalog_entry(type(entry), entry.id)
    assert (refusal.value.kind, refusal.value.rule) == (Kind.CONFLICT, rule)


def a_german_account() -> Account:
    account = an_account()
    Customer.objects.filter(id=account.customer_id).update(billing_address={"country": "DE"})
    return account


@pytest.mark.rule("DIS-1", "TAX-1")
def test_what_is_on_an_invoice_is_ended_and_not_deleted() -> None:
    account = a_german_account()
    discount = create_discount(NewDiscount(account=account.id, percent=Decimal(10)))
    later = create_discount(NewDiscount(account=account.id, percent=Decimal(5), valid_from=FEBRUARY))
    vat, other = (
        create_tax_rate(NewTaxRate(name="VAT", country=country, percent=percent))
        for country, percent in (("DE", Decimal(19)), ("GB", Decimal(20)))
    )
    subscribed(account)
    run_for(account.bill_cycle, JANUARY)
    with pytest.raises(Refusal, match="may be on 1 invoice;") as refusal:
        delete_discount(discount.id)
    assert refusal.value.rule == "DIS-1"
    with pytest.raises(Refusal, match="VAT of 19 %") as refusal:
        delete_tax_rate(vat.id)
    assert refusal.value.rule == "TAX-1"
    delete_discount(later.id)
    delete_tax_rate(other.id)
    assert list(Discount.objects.all()) == [discount]
    assert list(TaxRate.objects.all()) == [vat]
    assert end_validity(Discount, discount.id, date(2026, 1, 31)).valid_to == date(2026, 1, 31)
    assert end_validity(TaxRate, vat.id, date(2026, 1, 31)).valid_to == date(2026, 1, 31)


@pytest.mark.rule("DIS-1")
def test_a_discount_ends_after_it_begins() -> None:
    discount = create_discount(NewDiscount(account=an_account().id, percent=Decimal(10), valid_from=FEBRUARY))
    with pytest.raises(Refusal) as refusal:
        end_validity(Discount, discount.id, JANUARY)
    assert (refusal.value.rule, refusal.value.problems[0].field) == ("DIS-1", "valid_to")
    assert end_validity(Discount, discount.id, None).valid_to is None


def test_what_does_not_exist_is_not_found() -> None:
    for verb in (
        lambda: delete_catalog_entry(Product, 10**9),
        lambda: delete_discount(10**9),
        lambda: delete_tax_rate(10**9),
        lambda: end_validity(TaxRate, 10**9, None),
    ):
        with pytest.raises(Refusal) as refusal:
            verb()
        assert refusal.value.kind is Kind.UNKNOWN


@pytest.mark.rule("TAX-2")
def test_an_exemption_that_invoices_rest_on_is_ended_and_any_other_deleted() -> None:
    account = a_german_account()
    subscribed(account)
    rested_on = create_tax_exemption(NewTaxExemption(account.id, "EX 1", JANUARY, JANUARY))
    later = create_tax_exemption(NewTaxExemption(account.id, "EX 2", FEBRUARY))
    run_for(account.bill_cycle, JANUARY)
    delete_tax_exemption(later.id)
    with pytest.raises(Refusal, match="1 invoice may") as refusal:
        delete_tax_exemption(rested_on.id)
    assert (refusal.value.kind, refusal.value.rule) == (Kind.CONFLICT, "TAX-2")
    assert [one.action for one in HistoryEntry.objects.filter(subject_kind="tax_exemption").order_by("id")] == [
        *("created", "created", "deleted")
    ]
