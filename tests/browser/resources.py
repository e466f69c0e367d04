"""What is filled in on the pages of each resource: wrongly, rightly, and to change it. Whoever adds one adds a row.

`{}` stands for a word that is not there yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.browser.using import Filled


@dataclass(frozen=True, slots=True)
class Flow:
    """A resource by its kind. `problems` are what its fields say to `wrong`; `shown` finds the row in the list."""

    kind: str
    wrong: Filled
    problems: Mapping[str, str]
    right: Filled
    shown: str = "{}"
    change: Filled = field(default_factory=dict)


FLOWS = (
    Flow(
        "owner",
        {"legal_name": "{} Ltd", "invoice_prefix": "ACI-"},
        {"invoice_prefix": "ACI-"},
        {"invoice_prefix": "{}-", "address.city": "Leeds", "address.country": "United Kingdom"},
        "{} Ltd",
        {"legal_name": "{} plc"},
    ),
    Flow(
        "organization",
        {"name": "{} branch", "code": "EMBER"},
        {"code": "EMBER"},
        {"code": "{}"},
        "{} branch",
        {"name": "{} branch, north"},
    ),
    Flow(
        "user",
        {"name": "Zoe {}", "email": "dana@arborcloud.example"},
        {"email": "dana@arborcloud.example"},
        {"email": "zoe.{}@arborcloud.example"},
        "Zoe {}",
        {"name": "Zoe {} II", "active": False},
    ),
    Flow(
        "tax_rate",
        {"name": "Levy {}", "country": "Norway", "percent": "a quarter"},
        {"percent": "Enter a number."},
        {"percent": "2.5"},
        "Levy {}",
        {"valid_to": "2027-01-31"},
    ),
    Flow(
        "tax_exemption",
        {"account": "OAK-1", "certificate": "C-{}", "valid_from": "2030-02-01", "valid_to": "2030-01-01"},
        {"valid_to": "2030"},
        {"valid_to": "2030-03-01"},
        "C-{}",
        {"valid_to": "2030-04-01"},
    ),
    Flow(
        "discount",
        {"account": "KAF-1", "percent": "7", "amount": "10", "valid_from": "2030-01-01"},
        {"percent": "either a percent or an amount"},
        {"amount": ""},
        "7 %",
        {"valid_to": "2030-04-01"},
    ),
    Flow(
        "product",
        {"name": "Archive {}", "code": "seats"},
        {"code": "seats"},
        {"code": "archive-{}"},
        "Archive {}",
        {"name": "Archive {}, cold"},
    ),
    Flow("meter", {"key": "orders"}, {"key": "orders"}, {"key": "meter_{}"}, "meter_{}"),
    Flow(
        "bill_cycle",
        {"name": "Monthly EUR", "start_date": "2026-01-03", "currency": "NOK"},
        {"name": "Monthly EUR"},
        {"name": "Zero {}"},
        "Zero {}",
        {"name": "Zero {}, Oslo"},
    ),
    Flow(
        "payment_term",
        {"name": "Net 30", "days": "77"},
        {"name": "Net 30"},
        {"name": "Net {}"},
        "Net {}",
        {"days": "78"},
    ),
    Flow(
        "account_type",
        {"name": "Enterprise", "description": "Where it began"},
        {"name": "Enterprise"},
        {"name": "Zero {}"},
        "Zero {}",
        {"description": "Where it ends", "active": False},
    ),
    Flow(
        "account_category",
        {"name": "Standard"},
        {"name": "Standard"},
        {"name": "Zero {}"},
        "Zero {}",
        {"name": "Zz {}"},
    ),
    Flow(
        "contact_category", {"name": "General"}, {"name": "General"}, {"name": "Zero {}"}, "Zero {}", {"name": "Zz {}"}
    ),
    Flow(
        "custom_field",
        {"subject": "Customer", "key": "Shoe size", "type": "Choice", "options": "small\nlarge"},
        {"key": "Shoe size"},
        {"key": "shoe_{}", "label": "Shoe size {}"},
        "Shoe size {}",
        {"label": "Shoe size {}, as in Europe"},
    ),
)  # fmt: skip
