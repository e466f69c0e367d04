"""The menu: what it leads to and who sees it. A page of its own gets a line here."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from banyan.console.access import may


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu: its text, its icon (of `frontend/icons.txt`), the name of its page in urls.py.

    It is shown to who may do `takes`, in the words of the API, such as `GET users`.
    """

    text: str | Promise
    icon: str
    page: str
    takes: str = "GET pages"


@dataclass(frozen=True, slots=True)
class Section:
    """Lines that belong together, with a heading."""

    heading: str | Promise
    entries: Sequence[Entry]


MENU = (
    Section("", (Entry(_("Overview"), "home", "overview"), Entry(_("Search"), "search", "search"))),
    Section(
        _("Customers"),
        (
            Entry(_("Customer accounts"), "briefcase", "accounts"),
            Entry(_("Subscriptions"), "repeat", "subscription_list"),
            Entry(_("Orders"), "package", "order_list"),
            Entry(_("Subscription groups"), "users-group", "subscription_groups"),
            Entry(_("Contracts"), "file-text", "contracts"),
            Entry(_("Who pays?"), "help", "who_pays"),
        ),
    ),
    Section(
        _("Billing"),
        (
            Entry(_("Bill runs"), "player-play", "bill_run_list"),
            Entry(_("Invoices"), "file-invoice", "invoice_list"),
            Entry(_("Ledger"), "coins", "trial_balance", "GET trial-balance"),
            Entry(_("Discounts"), "tag", "discount_list"),
            Entry(_("Taxes"), "receipt-tax", "taxes"),
        ),
    ),
    Section(
        _("Set-up"),
        (
            Entry(_("Catalogue"), "tags", "catalogue"),
            Entry(_("Bill cycles"), "calendar-event", "bill_cycle_list"),
            Entry(_("Lists"), "layout-list", "lists"),
            Entry(_("Owners"), "building-skyscraper", "owner_list"),
            Entry(_("Organizations"), "hierarchy-2", "organization_list"),
            Entry(_("Users"), "users-group", "user_list", "GET users"),
            Entry(_("API keys"), "key", "api_key_list", "GET api-keys"),
            Entry(_("Imports"), "upload", "import_list", "GET imports"),
            Entry(_("Exports"), "download", "export_list", "GET exports"),
            Entry(_("Settings"), "settings", "settings"),
        ),
    ),
)


def menu_of(request: HttpRequest) -> list[dict[str, object]]:
    """The menu as the visitor may see it; the entry that the page is in is marked."""
    shown = [(section, [each for each in section.entries if may(each.takes)]) for section in MENU]
    addresses = {each.page: reverse(each.page) for _section, entries in shown for each in entries}
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
