"""In which currency the amounts of entries of the history are (MON-1)."""

from collections.abc import Collection, Iterable, Mapping

from django.db.models import Model

from banyan.accounts.history_descriptions import AMOUNTS
from banyan.accounts.models import Account
from banyan.catalog.models import Discount
from banyan.foundation.models import HistoryEntry
from banyan.subscriptions.models import Charge

_OF_AN_ACCOUNT: Mapping[str, type[Model]] = {"charge": Charge, "discount": Discount}


def currencies_of(entries: Iterable[HistoryEntry]) -> dict[int, str]:
    """The currency of the account that each entry with an amount is about, by entry; of one that is deleted, as the
    history tells it. None for an entry of which nobody knows it any more.
    """
    about: dict[str, dict[int, set[int]]] = {}
    for entry in entries:
        if AMOUNTS & entry.changes.keys():
            about.setdefault(entry.subject_kind, {}).setdefault(entry.subject_id, set()).add(entry.pk)
    found: dict[int, str] = {}
    for kind, subjects in about.items():
        currencies = _currencies(kind, subjects.keys())
        found |= {entry: currencies[each] for each, own in subjects.items() if each in currencies for entry in own}
    return found


def _currencies(kind: str, subjects: Collection[int]) -> dict[int, str]:
    if kind == "account":
        return _of_accounts({subject: subject for subject in subjects})
    if kind not in _OF_AN_ACCOUNT:
        return {}
    rows = _OF_AN_ACCOUNT[kind]._default_manager.filter(pk__in=subjects)
    accounts = dict(rows.values_list("pk", "account_id")) | _told(kind, "account_id", subjects)
    return _of_accounts({subject: int(account) for subject, account in accounts.items()})


def _of_accounts(accounts: Mapping[int, int]) -> dict[int, str]:
    """By whatever belongs to the accounts."""
    wanted = set(accounts.values())
    known = dict(Account.objects.filter(pk__in=wanted).values_list("pk", "currency"))
    known |= _told("account", "currency", wanted - known.keys())
    return {subject: known[account] for subject, account in accounts.items() if account in known}


def _told(kind: str, field: str, subjects: Collection[int]) -> dict[int, str]:
    """What a field was last, of those that are deleted."""
    gone = HistoryEntry.objects.filter(subject_kind=kind, subject_id__in=subjects, action="deleted")
    return dict(gone.values_list("subject_id", f"changes__{field}__0")) if subjects else {}
