"""CSV files for tests, and a small company for them to refer to."""

from pathlib import Path

from banyan.transfer.actions.import_file import import_file
from banyan.transfer.report import ImportReport

COMPANY = {
    "bill-cycles": "name,currency,frequency,start_date\nMonthly,USD,monthly,2026-01-01\nEuro,EUR,monthly,2026-01-01\n",
    "products": "code,name\nseat,Seat\ncall,Call\n",
    "meters": "key\ncalls\n",
    "prices": (
        "code,product,currency,type,model,unit_amount,meter\n"
        "seat,seat,USD,recurring,per_unit,10.00,\n"
        "seat-eur,seat,EUR,recurring,per_unit,9.00,\n"
        "call,call,USD,usage,per_unit,0.05,calls\n"
    ),
    "customers": (
        "number,kind,company_name,primary_email,account.number,account.currency,account.bill_cycle,account.start_date\n"
        "ACME,company,Acme,ap@acme.example,ACME-1,USD,Monthly,2026-01-01\n"
        "BETA,company,Beta,ap@beta.example,BETA-1,USD,Monthly,2026-01-01\n"
    ),
    "subscriptions": "number,account,price,quantity,start_date\nS-1,ACME-1,seat,3,2026-01-01\n",
}


def import_text(folder: Path, kind: str, text: str | bytes, **options: bool) -> ImportReport:
    """Import a file with that content."""
    path = folder / f"{kind}.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_file(kind, path, **options)


def import_company(folder: Path) -> None:
    """Two bill cycles, two products, a meter, three prices, two customers, a subscription."""
    for kind, text in COMPANY.items():
        report = import_text(folder, kind, text)
        assert report.problems == []


def texts(directory: Path) -> dict[str, str]:
    """What the files of a directory hold, by name."""
    return {path.name: path.read_bytes().decode() for path in directory.iterdir()}
