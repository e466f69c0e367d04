"""IMP-1, IMP-2: a business that comes in from CSV files and goes out to them, against COPY of the same rows."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection

from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.queries import within_tenant
from banyan.transfer.actions.export_directory import export_directory
from banyan.transfer.actions.import_file import import_file

FAMILY = 10
"""Accounts of a customer: the first one is parent of the others and responsible for them."""

BEGINNING = {
    "bill-cycles": "name,frequency,start_date\nMonthly,monthly,2025-01-01\n",
    "products": "code,name\nseat,Seat\n",
    "meters": "key\ncalls\n",
    "prices": "code,product,currency,type,model,unit_amount\nseat,seat,EUR,recurring,per_unit,10.00\n",
}
OPENED = date(2025, 1, 1)


TABLES = (
    "accounts_customer",
    "accounts_account",
    "relations_customerparent",
    "relations_accountparent",
    "relations_responsibleaccount",
    "subscriptions_subscription",
    "subscriptions_subscriptionitem",
    "subscriptions_order",
    "subscriptions_orderitem",
    "subscriptions_charge",
    "usage_usageevent",
    "foundation_historyentry",
)
"""What the files fill."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one file, or of an export of everything."""

    what: str
    rows: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds


@dataclass(frozen=True, slots=True)
class Transfer:
    """A business brought in, file by file, and taken out again. The floor is COPY of the rows that it became."""

    accounts: int
    files: list[Moved]
    export: Moved
    floor: float

    @property
    def seconds(self) -> float:
        return sum(file.seconds for file in self.files)

    @property
    def ratio(self) -> float:
        return self.seconds / self.floor


class RowsRefusedError(Exception):
    """A row of a measured file did not go in."""


def measure(accounts: int) -> Transfer:
    """Bring a business of so many accounts into a tenant of its own, and take it out again."""
    tenant = f"imports_{accounts}_{os.getpid()}"
    create_tenant(tenant, tenant, (), set_up_tenant)
    with within_tenant(tenant), TemporaryDirectory() as folder:
        for kind, text in BEGINNING.items():
            _import(kind, [text], Path(folder))
        files = [_import(kind, lines(accounts), Path(folder)) for kind, lines in FILES.items()]
        return Transfer(accounts, files, _export(Path(folder) / "export"), _floor())


def _floor() -> float:
    """Copy all rows of the tables, as text, into empty tables with the same columns, constraints and indexes."""
    spent = 0.0
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE floor_{table} (LIKE {table} INCLUDING ALL)")
            columns = _columns(table)
            with cursor.copy(f"COPY (SELECT {columns} FROM {table}) TO STDOUT") as copy:
                rows = b"".join(copy)
            began = time.perf_counter()
            with cursor.copy(f"COPY floor_{table} ({columns}) FROM STDIN") as copy:
                copy.write(rows)
            spent += time.perf_counter() - began
    return spent


def _columns(table: str) -> str:
    """Those that are not generated."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
               WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''""",
            [table],
        )
        return str(cursor.fetchone()[0])


def _export(directory: Path) -> Moved:
    began = time.perf_counter()
    reports = export_directory(directory)
    return Moved("export of everything", sum(report.rows for report in reports), time.perf_counter() - began)


def _import(kind: str, lines: Iterator[str] | list[str], folder: Path) -> Moved:
    path = folder / f"{kind}.csv"
    with path.open("w") as stream:
        stream.writelines(lines)
    began = time.perf_counter()
    report = import_file(kind, path)
    seconds = time.perf_counter() - began
    if report.refused:
        raise RowsRefusedError(f"{kind}, line {report.problems[0].line}: {report.problems[0].message}")
    return Moved(kind, report.rows, seconds)


def _customers(accounts: int) -> Iterator[str]:
    """Every tenth customer is the parent of the nine that follow."""
    yield (
        "number,kind,company_name,primary_email,billing_address.country,billing_address.city,parent,"
        "account.number,account.currency,account.bill_cycle,account.start_date\n"
    )
    for number in range(accounts // FAMILY):
        parent = "" if number % FAMILY == 0 else f"C{number - number % FAMILY}"
        yield (
            f"C{number},company,Company {number},ap{number}@example.com,DE,Berlin,{parent},C{number}-0,EUR,Monthly,"
            f"{OPENED}\n"
        )


def _accounts(accounts: int) -> Iterator[str]:
    yield "customer,number,name,currency,bill_cycle,start_date,parent,responsible_account\n"
    for number, site in _sites(accounts):
        yield f"C{number},C{number}-{site},Site {site},EUR,Monthly,{OPENED},C{number}-0,C{number}-0\n"


def _sites(accounts: int) -> Iterator[tuple[int, int]]:
    return ((number, site) for number in range(accounts // FAMILY) for site in range(1, FAMILY))


def _relations(accounts: int) -> Iterator[str]:
    """Later every third site is below the second one, and from then on nobody is responsible for every fourth."""
    yield "relation,subject,target,effective_date\n"
    for number, site in _sites(accounts):
        if site > 2 and site % 3 == 0:
            yield f"account_parent,C{number}-{site},C{number}-2,2025-06-01\n"
        if site % 4 == 0:
            yield f"responsible_account,C{number}-{site},,2025-07-01\n"
    for number in range(accounts // FAMILY):
        if number % FAMILY > 5:
            yield f"customer_parent,C{number},C{number - 1},2025-08-01\n"


def _subscriptions(accounts: int) -> Iterator[str]:
    yield "number,account,price,quantity,start_date\n"
    yield from (f"S{number}-{site},C{number}-{site},seat,3,2025-01-01\n" for number, site in _sites(accounts))


def _charges(accounts: int) -> Iterator[str]:
    yield "account,description,amount,date\n"
    yield from (f"C{number}-{site},Set-up,100.00,2025-01-01\n" for number, site in _sites(accounts))


def _usage(accounts: int) -> Iterator[str]:
    yield "id,account,meter,timestamp,quantity\n"
    for number, site in _sites(accounts):
        day = OPENED + timedelta(days=number % 365)
        yield f"e{number}-{site},C{number}-{site},calls,{day}T12:00:00Z,7\n"


FILES: dict[str, Callable[[int], Iterator[str]]] = {
    "customers": _customers,
    "accounts": _accounts,
    "relations": _relations,
    "subscriptions": _subscriptions,
    "charges": _charges,
    "usage": _usage,
}
