"""Put a product on offer (CAT-1)."""

from django.db import IntegrityError, transaction

from banyan.catalog.checks import check_product
from banyan.catalog.inputs import NewProduct
from banyan.catalog.models import Product
from banyan.kernel.refusals import Problems, invalid


def create_product(new: NewProduct) -> Product:
    """A new product, active unless said otherwise. Refused when its code is taken."""
    problems = Problems()
    check_product(problems, new.name, new.code, new.tax_category)
    problems.raise_if_any()
    active = True if new.active is None else new.active
    try:
        with transaction.atomic():
            return Product.objects.create(name=new.name, code=new.code, tax_category=new.tax_category, active=active)
    except IntegrityError:
        raise invalid("code", "taken", f"code {new.code!r} is that of another product", "CAT-1", new.code) from None
