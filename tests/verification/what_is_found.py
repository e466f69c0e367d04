"""docs/reference/what-verify-finds.md, written from faults.py: `python -m tests.verification.what_is_found`."""

from pathlib import Path

from tests.verification.faults import FAULTS, INVOICES, LEDGER, LINES, OTHERS, Fault

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "what-verify-finds.md"

BEGINNING = f"""# What `banyan verify` finds

{len(FAULTS)} faults that were planted with SQL, past the triggers, with the amounts of invoice and ledger made to
fit. A test plants each of them (`tests/verification/test_planted_faults.py`), and this page is written from its
list.

- **refused**: the constraint or trigger by which the database refuses it to everybody who has not switched triggers
  off or dropped a constraint.
- **seal**: when a run ends, what it issued is sealed: a checksum of each invoice and one of its lines. Whatever was
  lost, added or changed since then is found, with the number of the invoice.
- **found by**: the checks that find it even if the seals were made to fit as well.
- **amounts**: `banyan verify --amounts`, which works out every line once more by other means, finds it too, also
  after runs were reversed and invoices made void. It raises no alarm about what was changed since it was billed, and
  about what is yet to be billed again.

A seal finds accidents and careless edits. Who may write every table may write the seals too, so they are no proof
against a determined forger; for that, keep backups, or copies of `invoices_invoiceseal`, where that user can't
write. What only a seal and working out the amounts find fits everything around it.
"""


def page() -> str:
    """The whole page."""
    tables = (("Lines", LINES), ("Invoices and numbers", INVOICES), ("Ledger", LEDGER), ("Items, usage, runs", OTHERS))
    return BEGINNING + "".join(f"\n## {title}\n\n{_table(faults)}" for title, faults in tables)


def _table(faults: tuple[Fault, ...]) -> str:
    rows = "".join(
        f"| {fault.what} | {_code(fault.refused_by)} | {'yes' * fault.by_seal} | {'yes' * fault.by_amounts} |"
        f" {'; '.join(fault.found_by)} |\n"
        for fault in faults
    )
    return f"| planted | refused | seal | amounts | found by |\n| --- | --- | --- | --- | --- |\n{rows}"


def _code(name: str) -> str:
    return f"`{name}`" if name else ""


if __name__ == "__main__":
    PAGE.write_text(page())
