"""Public identifiers: a short word for the kind and the row's number (`acc_12`), opaque to clients (API-2)."""

import re

PREFIXES = {
    "owner": "own",
    "organization": "org",
    "user": "usr",
    "membership": "mbr",
    "api_key": "key",
    "bill_cycle": "cyc",
    "payment_term": "trm",
    "account_category": "cat",
    "account_type": "typ",
    "contact_category": "cct",
    "custom_field": "fld",
    "customer": "cus",
    "account": "acc",
    "contact": "con",
    "note": "not",
    "contract": "ctr",
    "contract_document": "doc",
    "product": "prd",
    "meter": "mtr",
    "price": "prc",
    "discount": "dsc",
    "tax_rate": "tax",
    "tax_exemption": "exm",
    "order": "ord",
    "subscription": "sub",
    "subscription_item": "itm",
    "item_terms": "itt",
    "subscription_group": "grp",
    "charge": "chg",
    "bill_run": "run",
    "import": "imp",
    "export": "exp",
    "invoice": "inv",
    "invoice_line": "lin",
    "simulated_invoice": "sim",
    "posting": "pst",
}
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_LARGEST = 2**63 - 1


def encode_id(kind: str, number: int) -> str:
    """The public id of row `number` of `kind`: `encode_id("account", 12) == "acc_12"`."""
    return f"{PREFIXES[kind]}_{number}"


def decode_id(kind: str, public_id: str) -> int | None:
    """The row number behind a public id, or None when the text is no id of that kind (so it can't exist)."""
    prefix, separator, digits = public_id.partition("_")
    if prefix != PREFIXES[kind] or not separator or not _NUMBER.fullmatch(digits):
        return None
    number = int(digits)
    return number if number <= _LARGEST else None
