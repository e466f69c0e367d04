"""Change a bill cycle (CYC-1)."""

from collections.abc import Mapping

from banyan.accounts.actions.create_bill_cycle import CHECKS
from banyan.accounts.models import BillCycle
from banyan.accounts.named import check_known, check_name, locked
from banyan.accounts.opening import retry_on_unique_violation
from banyan.foundation.declared.checks import check_fields
from banyan.foundation.deleting import in_words, uses_of
from banyan.kernel.refusals import Kind, Problems


@retry_on_unique_violation
def update_bill_cycle(bill_cycle_id: int, changes: Mapping[str, object]) -> BillCycle:
    """Change only what is named. The calendar of a cycle that something uses is fixed; its name isn't."""
    row = locked(BillCycle, bill_cycle_id, "bill cycle")
    problems = Problems()
    check_known(changes, CHECKS, problems)
    check_fields(CHECKS, changes, problems)
    if "name" in changes:
        check_name(BillCycle, changes["name"], "CYC-1", problems, bill_cycle_id)
    for name in changes.keys() & {"frequency", "start_date", "time_zone"}:
        if changes[name] is None:
            problems.add(name, "required", f"A bill cycle needs a {name.replace('_', ' ')}.", "CYC-1")
    fixed = [name for name in changes if name != "name" and name in CHECKS and changes[name] != getattr(row, name)]
    if fixed and (used := in_words(uses_of(row))):
        for name in fixed:
            message = f"The bill cycle {row.name} is used by {used}, so its {name.replace('_', ' ')} can't change."
            problems.add(name, "in_use", message, "CYC-1", changes[name], Kind.CONFLICT)
    problems.raise_if_any()
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    return row
