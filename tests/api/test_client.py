"""The Python client that openapi-python-client makes from the document: made, type-checked and used (API-8)."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection

from banyan.foundation.tenants.queries import within_tenant
from clients.generate import generate
from tests.api.asking import Api
from tests.api.test_document import application

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the package, importable."""
    folder = tmp_path_factory.mktemp("client") / "python"
    generate(folder)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


def call(name: str) -> Any:
    """The function of an operation, `tag.operation`."""
    return import_module(f"banyan_client.api.{name}").sync


@pytest.mark.rule("API-8")
def test_the_client_is_made_without_a_warning_and_its_types_hold(package: Path):
    """`generate` refuses a document of which the generator leaves something out."""
    used = package / "used.py"
    used.write_text(
        "from banyan_client import AuthenticatedClient\n"
        "from banyan_client.api.accounts import get_account\n"
        "from banyan_client.models import AccountAnswer\n\n"
        "def number(client: AuthenticatedClient) -> str:\n"
        "    account = get_account.sync('acc_12', client=client)\n"
        "    assert isinstance(account, AccountAnswer)\n"
        "    wrong: int = account.number\n"
        "    return account.number\n"
    )
    mypy = [sys.executable, "-m", "mypy", "--config-file=", "--cache-dir", str(package / ".mypy_cache")]
    checked = subprocess.run([*mypy, "banyan_client", "used.py"], cwd=package, capture_output=True, text=True)
    errors = [line for line in checked.stdout.splitlines() if ": error:" in line]
    assert [line.partition(": error: ")[0] for line in errors] == ["used.py:8"], checked.stdout + checked.stderr
    assert "Incompatible types in assignment" in errors[0]


@pytest.mark.rule("API-3", "API-8")
def test_the_client_lists_creates_and_is_told_what_is_wrong(package: Path, api: Api):
    client_package, models = import_module("banyan_client"), import_module("banyan_client.models")
    cycle, customer = api.bill_cycle(), api.customer("Halden Holding")
    with (
        application() as app,
        within_tenant(connection.schema_name),
        client_package.AuthenticatedClient(
            base_url="http://127.0.0.1",
            token=api.key,
            httpx_args={"transport": httpx.WSGITransport(app=app)},
        ) as client,
    ):
        body = models.NewAccount.from_dict({"customer": customer["id"], "currency": "EUR", "bill_cycle": cycle})
        made = call("accounts.create_account")(client=client, body=body)
        assert isinstance(made, models.AccountAnswer)
        assert (made.currency, made.customer, made.balance) == ("EUR", customer["id"], "0.00")

        page = call("accounts.list_accounts")(client=client, customer=customer["id"], currency="EUR")
        assert [account.id for account in page.data] == [made.id]

        wrong = models.NewAccount.from_dict({"customer": customer["id"], "currency": "XXX", "bill_cycle": cycle})
        problem = call("accounts.create_account")(client=client, body=wrong)
        assert isinstance(problem, models.ProblemAnswer)
        assert (problem.status, [each.field for each in problem.errors]) == (422, ["currency"])
