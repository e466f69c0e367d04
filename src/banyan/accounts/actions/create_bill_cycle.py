"""Create a bill cycle (CYC-1)."""

from datetime import date

from banyan.accounts.models import BillCycle
from banyan.accounts.opening import retry_on_unique_violation
from banyan.foundation.declared import checks
from banyan.foundation.declared.checks import check_fields, is_blank
from banyan.kernel.calendar import Frequency
from banyan.kernel.refusals import Kind, Problems

CHECKS = {
    "name": checks.text(200, "CYC-1"),
    "currency": checks.currency("CYC-1"),
    "frequency": checks.choice(Frequency, "CYC-1"),
    "start_date": checks.day("CYC-1"),
    "time_zone": checks.time_zone("CYC-1"),
}


@retry_on_unique_violation
def create_bill_cycle(
    name: str, frequency: str, start_date: date, currency: str | None = None, time_zone: str = "UTC"
) -> BillCycle:
    """Its first billing date is the start date. Without a currency it is for accounts of any currency (ACC-5)."""
    given = {
        "name": name,
        "frequency": frequency,
        "start_date": start_date,
        "currency": currency,
        "time_zone": time_zone,
    }
    problems = Problems()
    check_fields(CHECKS, given, problems)
    for field in ("name", "frequency", "start_date"):
        if is_blank(given[field]):
            problems.add(field, "required", f"A bill cycle needs a {field.replace('_', ' ')}.", "CYC-1")
    if not problems.about("name") and BillCycle.objects.filter(name=name).exists():
        problems.add("name", "taken", f"There is a bill cycle {name!r} already.", "CYC-1", name, Kind.CONFLICT)
    problems.raise_if_any()
    return BillCycle.objects.create(**given)
