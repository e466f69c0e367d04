"""The menu: what it leads to and who sees it. A page of its own gets a line here."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from banyan.console.access import may


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu: its text, its icon (of `frontend/icons.txt`), the name of its page in urls.py.

    It is shown to who may do `takes`, in the words of the API, such as `GET users`.
    """

    text: str
    icon: str
    page: str
    takes: str = "GET pages"


@dataclass(frozen=True, slots=True)
class Section:
    """Lines that belong together, with a heading."""

    heading: str
    entries: Sequence[Entry]


MENU = (
    Section("", (Entry("Overview", "home", "overview"), Entry("Search", "search", "search"))),
    Section(
        "Customers",
        (
            Entry("Customer accounts", "briefcase", "accounts"),
            Entry("Subscriptions", "repeat", "subscription_list"),
            Entry("Orders", "package", "order_list"),
            Entry("Subscription groups", "users-group", "subscription_groups"),
            Entry("Contracts", "file-text", "contracts"),
            Entry("Who pays?", "help", "who_pays"),
        ),
    ),
    Section(
        "Billing",
        (
            Entry("Bill runs", "player-play", "bill_run_list"),
            Entry("Invoices", "file-invoice", "invoice_list"),
            Entry("Ledger", "coins", "trial_balance", "GET trial-balance"),
            Entry("Discounts", "tag", "discount_list"),
            Entry("Taxes", "receipt-tax", "taxes"),
        ),
    ),
    Section(
        "Set-up",
        (
            Entry("Catalogue", "tags", "catalogue"),
            Entry("Bill cycles", "calendar-event", "bill_cycle_list"),
            Entry("Lists", "layout-list", "lists"),
            Entry("Owners", "building-skyscraper", "owner_list"),
            Entry("Organizations", "hierarchy-2", "organization_list"),
            Entry("Users", "users-group", "user_list", "GET users"),
            Entry("API keys", "key", "api_key_list", "GET api-keys"),
            Entry("Imports", "upload", "import_list", "GET imports"),
            Entry("Exports", "download", "export_list", "GET exports"),
            Entry("Settings", "settings", "settings"),
        ),
    ),
)


def menu_of(request: HttpRequest) -> list[dict[str, object]]:
    """The menu as the visitor may see it; the entry that the page is in is marked."""
    shown = [(section, [each for each in section.entries if may(each.takes)]) for section in MENU]
    addresses = {each.page: reverse(each.page) for _, entries in shown for each in entries}
    current = max((address for address in addresses.values() if _is_in(request.path, address)), key=len, default=None)
    return [
        {
            "heading": section.heading,
            "entries": [
                {"entry": each, "address": addresses[each.page], "current": addresses[each.page] == current}
                for each in entries
            ],
        }
        for section, entries in shown
        if entries
    ]


def _is_in(path: str, address: str) -> bool:
    return path == address or (address != "/" and path.startswith(f"{address}/"))
