"""Change a customer (CUS-*)."""

from django.db.models import Q

from banyan.accounts.checks import check_customer
from banyan.accounts.custom_fields import locked_custom_fields, with_values
from banyan.accounts.fields import CUSTOMER
from banyan.accounts.models import Customer, CustomSubject
from banyan.accounts.named import locked
from banyan.accounts.opening import retry_on_unique_violation
from banyan.accounts.today import today
from banyan.foundation.declared.checks import is_blank
from banyan.foundation.declared.fields import Values
from banyan.kernel.refusals import Kind, Problems
from banyan.kernel.texts import control_character_in


@retry_on_unique_violation
def update_customer(customer_id: int, changes: Values, wrong: Problems | None = None) -> Customer:
    """Change only what is named, by API field; null empties a field that is optional. The number is fixed (CUS-2).

    `wrong`: what was found wrong while the changes were read; nothing else is said of those fields.
    """
    customer = locked(Customer, customer_id, "customer")
    changes = CUSTOMER.merged(customer, changes)
    problems = wrong.copy() if wrong else Problems()
    CUSTOMER.check_changes(customer, changes, problems)
    then = {**CUSTOMER.held(customer), **changes}
    check_customer({name: None if problems.about(name) else then[name] for name in CUSTOMER.fields}, today(), problems)
    _check_external_number(customer, changes.get("external_number"), problems)
    if "custom_fields" in changes:
        fields = locked_custom_fields()[CustomSubject.CUSTOMER]
        changes["custom_fields"] = with_values(fields, customer.custom_fields, changes["custom_fields"], problems)
    problems.raise_if_any()
    columns = CUSTOMER.columns(changes)
    for name, value in columns.items():
        setattr(customer, name, value)
    customer.save(update_fields=list(columns))
    customer.refresh_from_db(fields=["name"])
    return customer


def _check_external_number(customer: Customer, external: object, problems: Problems) -> None:
    if not isinstance(external, str) or is_blank(external) or control_character_in(external):
        return
    if Customer.objects.filter(~Q(id=customer.id), external_number=external).exists():
        message = f"The number {external!r} is taken; choose another."
        problems.add("external_number", "taken", message, "CUS-2", external, Kind.CONFLICT)
