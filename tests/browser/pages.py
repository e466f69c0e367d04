"""The pages that the tests of the browser open: whoever adds a page adds a row.

Each row is opened in two widths and both themes, has to leave the browser's log empty, meet WCAG 2.2 AA as far as axe
can tell, and take the queries that `queries.json` says.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode

from tests.serving import RunningServer


@dataclass(frozen=True)
class Demo:
    """The demo's tenant, to ask for what has an address there."""

    server: RunningServer
    key: str

    def id(self, resource: str, **known: str) -> str:
        """The id of the first that is known by this: `demo.id("accounts", number="HAL-HQ")`."""
        path = f"/api/v1/{resource}?{urlencode(known)}"
        return str(self.server.fetch(path, headers={"Authorization": f"Bearer {self.key}"}).body["data"][0]["id"])

    def checked(self, products: str) -> str:
        """The id of an import of products that a worker has checked."""
        key = {"Authorization": f"Bearer {self.key}"}
        address = "/api/v1/imports?kind=products&dry_run=true&file=products.csv"
        headers = {**key, "Content-Type": "text/csv"}
        sent = self.server.fetch(address, method="POST", content=products.encode(), headers=headers).body["id"]
        return self._worked_on(f"/imports/{sent}")

    def written(self, kind: str) -> str:
        """The id of an export that a worker has written."""
        return self._worked_on(f"/exports/{self.make('/exports', kind=kind)['id']}")

    def _worked_on(self, path: str) -> str:
        """The id of what is at the path, once no worker has it any more."""
        patience = monotonic() + 60
        while self.server.fetch(f"/api/v1{path}", headers={"Authorization": f"Bearer {self.key}"}).body["progress"]:
            assert monotonic() < patience, f"no worker has done {path}"
            sleep(0.2)
        return path.rpartition("/")[2]

    def ask(self, method: str, path: str, body: Any) -> Any:
        """The answer to a request that has to succeed; `path` is below /api/v1."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        answer = self.server.fetch(f"/api/v1{path}", method, json.dumps(body).encode(), headers)
        assert 200 <= answer.status < 300, answer
        return answer.body

    def make(self, path: str, **fields: Any) -> dict[str, Any]:
        """What was made of these fields."""
        made = self.ask("POST", path, fields)
        assert isinstance(made, dict)
        return made

    def invoice_of(self, account: str) -> str:
        """The id of an invoice of the account with that number."""
        return self.id("invoices", account=self.id("accounts", number=account))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the demo. `then` is clicked once it is open, by text of a link or button, before it is looked at."""

    name: str
    address: str | Callable[[Demo], str]
    then: str | None = None
    status: int = 200
    as_nobody: bool = False

    def at(self, demo: Demo) -> str:
        """Its address in this demo."""
        return self.address if isinstance(self.address, str) else self.address(demo)


def of(resource: str, number: str, address: str) -> Callable[[Demo], str]:
    """The address of something that the demo has: `{}` in it is the id."""
    return lambda demo: address.format(demo.id(resource, number=number))


GOOD, BAD = "code,name\nlamp,Lamp\n", "code,name\nlamp\nlamp,L,amp\n,Lamp\n"
PAGES = (
    Page("sign-in", "/sign-in", as_nobody=True),
    Page("not-found", "/nowhere", status=404, as_nobody=True),
    Page("overview", "/"),
    Page("components", "/components"),
    Page("components-modal", "/components", then="Open a modal"),
    Page("preferences", "/preferences"),
    Page("own-password", "/preferences/password"),
    Page("search-customers", "/search?q=halden"),
    Page("search-accounts", "/search?in=accounts"),
    Page("search-nothing", "/search?q=zzzz"),
    Page("bill-runs", "/bill-runs"),
    Page("new-bill-run", "/bill-runs/new"),
    Page("bill-run", lambda demo: f"/bill-runs/{demo.id('bill-runs', billing_date='2026-10-01')}"),
    Page("held-back", lambda demo: f"/bill-runs/{demo.id('bill-runs', billing_date='2026-10-01')}/held-back"),
    Page(
        "reverse-bill-run", lambda demo: f"/bill-runs/{demo.id('bill-runs', billing_date='2026-10-15')}", then="Reverse"
    ),
    Page("invoices", "/invoices"),
    Page("invoice", lambda demo: f"/invoices/{demo.invoice_of('HAL-HQ')}"),
    Page("reissue-invoice", lambda demo: f"/invoices/{demo.invoice_of('EMB-EAST')}", then="Reissue"),
    Page("void-invoice", lambda demo: f"/invoices/{demo.invoice_of('EMB-EAST')}", then="Void"),
    Page("settings", "/settings"),
    Page("bill-cycles", "/bill-cycles"),
    Page("bill-cycle", lambda demo: f"/bill-cycles/{demo.id('bill-cycles', name='Monthly EUR')}"),
    Page("new-bill-cycle", "/bill-cycles", then="New bill cycle"),
    Page("payment-terms", "/lists/payment-terms"),
    Page("account-types", "/lists/account-types"),
    Page("account-categories", "/lists/account-categories"),
    Page("contact-categories", "/lists/contact-categories"),
    Page("custom-fields", "/lists/custom-fields"),
    Page("new-custom-field", "/lists/custom-fields/new"),
    Page("products", "/catalogue/products"),
    Page("product", lambda demo: f"/catalogue/products/{demo.id('products')}"),
    Page("prices", "/catalogue/prices"),
    Page("price", lambda demo: f"/catalogue/prices/{demo.id('prices', type='usage')}?quantity=15000"),
    Page("new-price", "/catalogue/prices/new"),
    Page("meters", "/catalogue/meters"),
    Page("discounts", "/discounts"),
    Page("new-discount", "/discounts", then="New discount"),
    Page("tax-rates", "/taxes/rates"),
    Page("tax-exemptions", "/taxes/exemptions"),
    Page("exports", "/exports?kind=prices"),
    Page("new-export", "/exports", then="New export"),
    Page("export", lambda demo: f"/exports/{demo.written('customers')}"),
    Page("imports", "/imports"),
    Page("new-import", "/imports/new?kind=subscriptions"),
    Page("import", lambda demo: f"/imports/{demo.checked(GOOD)}"),
    Page("import-for-real", lambda demo: f"/imports/{demo.checked(GOOD)}", then="Import for real"),
    Page("import-refused", lambda demo: f"/imports/{demo.checked(BAD)}"),
    Page("owners", "/owners"),
    Page("new-owner", "/owners/new"),
    Page("organizations", "/organizations"),
    Page("organization", lambda demo: f"/organizations/{demo.id('organizations')}"),
    Page("users", "/users"),
    Page("user", lambda demo: f"/users/{demo.id('users')}"),
    Page("new-user", "/users", then="New user"),
    Page("api-keys", "/api-keys"),
    Page("new-api-key", "/api-keys", then="New API key"),
    Page("customer", of("customers", "HAL-DE", "/customers/{}")),
    Page("customer-parent", of("customers", "HAL-DE", "/customers/{}"), then="Choose parent"),
    Page("customer-new", "/customers/new"),
    Page("customer-edit", of("customers", "HAL-DE", "/customers/{}/edit")),
    Page("account", of("accounts", "HAL-HQ", "/accounts/{}")),
    Page("account-contacts", of("accounts", "HAL-HQ", "/accounts/{}?detail=contacts")),
    Page("account-children", of("accounts", "HAL-HQ", "/accounts/{}?detail=children")),
    Page("account-managed", of("accounts", "EMB-EAST", "/accounts/{}?detail=managed")),
    Page("account-history", of("accounts", "HAL-HQ", "/accounts/{}?detail=history")),
    Page("account-orders", of("accounts", "ELM-1", "/accounts/{}/orders")),
    Page("account-services", of("accounts", "ELM-1", "/accounts/{}/services")),
    Page("account-invoices", of("accounts", "HAL-HQ", "/accounts/{}/invoices")),
    Page("account-charge", of("accounts", "SUM-1", "/accounts/{}/charges/new")),
    Page("charge", lambda demo: f"/charges/{demo.id('charges')}/payer"),
    Page("account-adjustments", of("accounts", "SUM-1", "/accounts/{}/adjustments")),
    Page("account-pending", of("accounts", "HAL-HQ", "/accounts/{}/pending")),
    Page("account-exemptions", of("accounts", "HAL-HQ", "/accounts/{}/exemptions")),
    Page("account-ledger", of("accounts", "HAL-HQ", "/accounts/{}/ledger?since=2026-03-01")),
    Page("account-rollup", of("accounts", "HAL-HQ", "/accounts/{}/rollup")),
    Page("trial-balance", "/ledger"),
    Page("account-contracts", of("accounts", "HAL-HQ", "/accounts/{}/contracts")),
    Page("account-responsible", of("accounts", "NOR-1", "/accounts/{}/responsible-account")),
    Page("account-edit", of("accounts", "HAL-HQ", "/accounts/{}/edit")),
    Page("account-delete", of("accounts", "HAL-HQ", "/accounts/{}/delete")),
    Page("account-new", "/accounts/new"),
    Page("customer-accounts", "/accounts"),
    Page("customer-accounts-new", "/accounts", then="New account"),
    Page("new-subscription", lambda demo: f"/subscriptions/new?account={demo.id('accounts', number='GAB-1')[4:]}"),
    Page("subscription", lambda demo: f"/subscriptions/{demo.id('subscriptions', number='S-GAB-1')}"),
    Page("subscription-cancel", lambda demo: f"/subscriptions/{demo.id('subscriptions', number='S-GAB-1')}", "End"),
    Page("subscriptions", "/subscriptions"),
    Page("orders", "/orders"),
    Page("order", lambda demo: f"/orders/{demo.id('orders', account=demo.id('accounts', number='ELM-1'))}"),
    Page("subscription-groups", "/subscription-groups"),
    Page("subscription-group", lambda demo: f"/subscription-groups/{demo.id('subscription-groups')}"),
    Page("add-member", lambda demo: f"/subscription-groups/{demo.id('subscription-groups')}", "Add existing"),
    Page("contracts", "/contracts"),
    Page("new-contract", "/contracts/new"),
    Page("who-pays", lambda demo: f"/who-pays?account={demo.id('accounts', number='EMB-W01').partition('_')[2]}"),
    Page("hierarchy-account", lambda demo: f"/accounts/{demo.id('accounts', number='EMB-HQ')}/hierarchy"),
    Page("hierarchy-customer", lambda demo: f"/customers/{demo.id('customers', number='ELM')}/hierarchy"),
    Page("hierarchy-table", lambda demo: f"/accounts/{demo.id('accounts', number='HAL-HQ')}/hierarchy?as=table"),
)
