"""Which rule a field of a wrong form belongs to, so that a refusal can name it even before an action sees the value."""

from banyan.accounts.fields import ACCOUNT, CUSTOMER

_ACCOUNT = {**ACCOUNT.rules, "responsible_account": "BHI-1", "parent": "AHI-1"}
_RULES = {
    "accounts": _ACCOUNT,
    "customers": {
        **CUSTOMER.rules,
        "parent": "CHI-1",
        "account": "CUS-6",
        **{f"account.{field}": rule for field, rule in _ACCOUNT.items()},
    },
    "owners": {
        **dict.fromkeys(
            (
                *("legal_name", "address", "tax_registrations", "base_currency", "time_zone", "language"),
                "invoice_prefix",
            ),
            "OWN-2",
        ),
        "tax_rounding": "TAX-4",
        "tax_date": "TAX-1",
    },
    "account-types": {"name": "TYP-1", "description": "TYP-1", "default": "TYP-1", "active": "TYP-1"},
    "account-categories": {"name": "ACC-7"},
    "contact-categories": {"name": "ACC-12"},
    "payment-terms": {"name": "ACC-11", "days": "ACC-11"},
    "custom-fields": dict.fromkeys(("subject", "key", "label", "type", "options", "required", "active"), "FLD-1"),
    "bill-cycles": dict.fromkeys(("name", "currency", "frequency", "start_date", "time_zone"), "CYC-1"),
    "organizations": dict.fromkeys(("name", "code", "parent"), "ORG-1"),
    "users": {
        **dict.fromkeys(("name", "email", "password", "active", "organization", "role"), "ORG-3"),
        "time_zone": "DAT-2",
    },
    "api-keys": dict.fromkeys(("name", "role", "organizations"), "API-1"),
    "products": dict.fromkeys(("name", "code", "tax_category", "active"), "CAT-1"),
    "prices": {
        "tiers": "CAT-3",
        "model": "CAT-2",
        "included_quantity": "USE-3",
        "pooled": "POO-1",
        **dict.fromkeys(("product", "currency", "type", "interval", "interval_count", "timing"), "CAT-1"),
    },
    "meters": dict.fromkeys(("key", "name", "unit", "aggregation", "precision"), "USE-1"),
    "orders": {
        "who_pays": "WHO-1",
        "group": "GRP-1",
        "anchor": "SUB-2",
        "contract": "CTR-2",
        **dict.fromkeys(("account", "items", "start_date", "end_date", "number"), "SUB-1"),
    },
    "subscriptions": {
        "who_pays": "WHO-1",
        "group": "GRP-1",
        "anchor": "SUB-2",
        "contract": "CTR-2",
        **dict.fromkeys(("account", "items", "start_date", "end_date"), "SUB-1"),
    },
    "subscription-groups": {"payer": "GRP-1", "name": "GRP-1", "members": "GRP-3", "subscription": "GRP-3"},
    "charges": {
        "who_pays": "WHO-1",
        **dict.fromkeys(("account", "description", "amount", "date", "product", "subscription"), "SUB-7"),
    },
    "discounts": dict.fromkeys(("account", "percent", "amount", "valid_from", "valid_to", "products"), "DIS-1"),
    "tax-rates": dict.fromkeys(
        ("name", "country", "state", "tax_category", "percent", "valid_from", "valid_to"), "TAX-1"
    ),
    "tax-exemptions": dict.fromkeys(("account", "certificate", "valid_from", "valid_to"), "TAX-2"),
    "usage-events": {
        "events": "USE-1",
        "reason": "USE-4",
        "subscription": "USE-5",
        **dict.fromkeys(("timestamp", "quantity", "properties"), "USE-1"),
    },
    "bill-runs": {"bill_cycle": "RUN-1", "billing_date": "RUN-1", "mode": "RUN-6"},
    "contracts": dict.fromkeys(
        (
            *("account", "number", "name", "signed_on", "start_date", "end_date", "renewal", "renewal_months"),
            *("notice_days", "notes", "date", "reason", "media_type", "content"),
        ),
        "CTR-1",
    ),
    "settings": {},
}


def rule_of(path: str, field: str) -> str | None:
    """The rule about `field` (dotted, from the body's top) in requests below this path; None where none is obvious."""
    resource = path.removeprefix("/api/v1/").split("/", 1)[0]
    rules = _RULES.get(resource, {})
    parts = field.split(".")
    named = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((rules[name] for name in named if name in rules), None)
