"""How an invoice number is written (INV-3)."""

NUMBER_DIGITS = 6


def invoice_number(prefix: str, sequence: int) -> str:
    """The owner's prefix and the counter in six digits or more."""
    return f"{prefix}{sequence:0{NUMBER_DIGITS}d}"
