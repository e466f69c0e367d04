"""Change what a product is called or whether it is sold (CAT-1)."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from banyan.catalog.checks import check_product
from banyan.catalog.models import Product
from banyan.kernel.refusals import Problems, invalid, unknown

CHANGEABLE = ("name", "code", "tax_category", "active")


def update_product(product_id: int, changes: Mapping[str, object]) -> Product:
    """The product with the changes made: name, code, tax_category, active. What was invoiced keeps its description."""
    with transaction.atomic():
        product = Product.objects.select_for_update().filter(pk=product_id).first()
        if product is None:
            raise unknown("product", "there is no such product", product_id)
        problems = Problems()
        for field, value in changes.items():
            if field not in CHANGEABLE:
                problems.add(field, "fixed", f"{field} of a product can't be changed", "CAT-1", value)
            elif value is None and field != "tax_category":
                problems.add(field, "required", f"a product needs {field}", "CAT-1")
            else:
                setattr(product, field, value)
        check_product(problems, product.name, product.code, product.tax_category)
        problems.raise_if_any()
        try:
            with transaction.atomic():
                product.save()
        except IntegrityError:
            message = f"code {product.code!r} is that of another product"
            raise invalid("code", "taken", message, "CAT-1", product.code) from None
    return product
