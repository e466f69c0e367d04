"""Contracts: their dates, their documents, the subscriptions under them, their end."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from banyan.accounts.models import Account
from banyan.contracts.actions.attach_document import LARGEST, attach_document
from banyan.contracts.actions.create_contract import create_contract
from banyan.contracts.actions.delete_contract import delete_contract
from banyan.contracts.actions.remove_document import remove_document
from banyan.contracts.models import Contract, ContractDocument
from banyan.contracts.queries import contracts
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.foundation.models import HistoryEntry
from banyan.kernel.refusals import Kind, Refusal
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.terminate_contract import preview_termination, terminate_contract
from banyan.subscriptions.actions.update_contract import update_contract
from banyan.subscriptions.models import Subscription
from tests.business import NEW_YEAR, an_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")
NEXT_YEAR = date(2027, 1, 1)
DECEMBER_31 = date(2026, 12, 31)
MAY = date(2026, 5, 1)


def a_contract(account: Account | None = None, **given: Any) -> Contract:
    """Of 2026, unless told otherwise."""
    dates = {"start_date": NEW_YEAR, "end_date": DECEMBER_31}
    return create_contract({"account": (account or an_account()).id, **dates, **given})


def standing(contract: Contract, on: date) -> tuple[str, date | None]:
    """Status and end on a day."""
    row = contracts(on).get(pk=contract.pk)
    return row.status, row.ends_on


def codes(verb: Any) -> dict[str, str]:
    """The codes of the problems that the verb is refused with, by field."""
    with pytest.raises(Refusal) as refusal:
        verb()
    return {problem.field: problem.code for problem in refusal.value.problems}


@pytest.mark.rule("CTR-1")
def test_a_contract_has_a_number_of_its_own_unless_it_is_given_one() -> None:
    account = an_account()
    assert a_contract(account).number.startswith("CT-")
    given = a_contract(account, number="2026/7")
    assert codes(lambda: a_contract(account, number="2026/7")) == {"number": "taken"}
    assert update_contract(given.id, {"number": "2026/8"}).number == "2026/8"


@pytest.mark.rule("CTR-1", "ERR-1")
def test_everything_that_is_wrong_with_a_contract_is_told_at_once() -> None:
    account, long = an_account(), "n" * 300
    a_contract(account, number="2026/7")
    wrong = {"number": "2026/7", "end_date": date(2025, 12, 31), "name": long, "notice_days": -1}
    told = {"number": "taken", "end_date": "before_start", "name": "too_long", "notice_days": "out_of_range"}
    assert codes(lambda: a_contract(account, **wrong)) == told
    assert codes(lambda: create_contract({"account": account.id, "renewal": "automatic", "name": long})) == {
        "start_date": "required",
        "end_date": "required",
        "name": "too_long",
    }


@pytest.mark.rule("CTR-1", "ERR-1")
def test_of_a_contract_nothing_is_said_that_follows_from_what_is_wrong() -> None:
    assert codes(lambda: a_contract(start_date=date(2300, 1, 1))) == {"start_date": "out_of_range"}
    wrong = {"renewal": "automatic", "end_date": date(2300, 1, 1)}
    assert codes(lambda: a_contract(**wrong)) == {"end_date": "out_of_range"}


STANDINGS: list[tuple[dict[str, Any], date, str, date | None]] = [
    ({}, date(2025, 12, 31), "draft", DECEMBER_31),
    ({}, NEW_YEAR, "active", DECEMBER_31),
    ({"signed_on": date(2026, 2, 1)}, date(2026, 1, 31), "draft", DECEMBER_31),
    ({"signed_on": date(2026, 2, 1)}, date(2026, 2, 1), "active", DECEMBER_31),
    ({"notice_days": 31}, date(2026, 11, 30), "active", DECEMBER_31),
    ({"notice_days": 31}, date(2026, 12, 1), "expiring", DECEMBER_31),
    ({"notice_days": 31}, NEXT_YEAR, "ended", DECEMBER_31),
    ({"end_date": None}, date(2050, 1, 1), "active", None),
    ({"renewal": "automatic", "notice_days": 31}, date(2026, 12, 31), "expiring", DECEMBER_31),
    ({"renewal": "automatic", "notice_days": 31}, NEXT_YEAR, "active", date(2027, 12, 31)),
    ({"renewal": "automatic", "renewal_months": 1}, date(2027, 2, 1), "active", date(2027, 2, 28)),
    ({"renewal_months": 3}, date(2030, 5, 17), "active", date(2030, 6, 30)),
]


@pytest.mark.rule("CTR-1")
@pytest.mark.parametrize(("given", "on", "status", "ends_on"), STANDINGS)
def test_the_status_of_a_contract_follows_from_its_dates(
    given: dict[str, Any], on: date, status: str, ends_on: date | None
) -> None:
    contract = a_contract(**given)
    assert standing(contract, on) == (status, ends_on)
    assert list(contracts(on).filter(status=status)) == [contract]


@pytest.mark.rule("CTR-1")
@pytest.mark.parametrize(
    ("on", "ends_on"),
    [
        (date(2026, 2, 27), date(2026, 2, 27)),
        (date(2026, 2, 28), date(2026, 3, 30)),
        (date(2026, 3, 31), date(2026, 4, 29)),
        (date(2028, 2, 28), date(2028, 2, 28)),
    ],
)
def test_terms_are_counted_from_the_first_end_so_that_short_months_shift_nothing(on: date, ends_on: date) -> None:
    contract = a_contract(end_date=date(2026, 1, 30), renewal="automatic", renewal_months=1)
    assert standing(contract, on)[1] == ends_on


WRONG: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"start_date": None}, {"start_date": "required"}),
    ({"end_date": date(2025, 12, 31)}, {"end_date": "before_start"}),
    ({"end_date": None, "renewal": "automatic"}, {"end_date": "required"}),
    ({"renewal": "none", "renewal_months": 12}, {"renewal_months": "not_renewed"}),
    ({"renewal": "yearly", "notice_days": -1}, {"renewal": "not_a_choice", "notice_days": "out_of_range"}),
    ({"colour": "red"}, {"colour": "unknown_field"}),
]


@pytest.mark.rule("CTR-1")
@pytest.mark.parametrize(("given", "expected"), WRONG)
def test_a_wrong_contract_is_refused_with_everything_that_is_wrong(
    given: dict[str, Any], expected: dict[str, str]
) -> None:
    assert codes(lambda: a_contract(**given)) == expected


@pytest.mark.rule("CTR-1")
def test_a_contract_needs_an_account_that_exists() -> None:
    assert codes(lambda: create_contract({"account": 10**9})) == {"account": "unknown", "start_date": "required"}
    assert codes(lambda: create_contract({"start_date": NEW_YEAR})) == {"account": "required"}


@pytest.mark.rule("CTR-1")
def test_a_contract_that_stops_to_renew_ends_with_the_term_under_way() -> None:
    contract = a_contract(start_date=date(2020, 1, 1), end_date=date(2020, 12, 31), renewal="automatic")
    assert update_contract(contract.id, {"renewal": "none"}).end_date == DECEMBER_31
    assert standing(contract, date(2030, 1, 1)) == ("ended", DECEMBER_31)


@pytest.mark.rule("CTR-1", "ACC-16")
def test_a_contract_has_documents_that_never_change() -> None:
    contract = a_contract()
    document = attach_document(contract.id, "Frame.pdf", b"%PDF-1.7", "application/pdf")
    assert (document.size, document.uploaded_by) == (8, "system")
    with pytest.raises(IntegrityError), transaction.atomic():
        ContractDocument.objects.filter(id=document.id).update(name="Other.pdf")
    remove_document(contract.id, document.id)
    said = [entry.changes for entry in HistoryEntry.objects.filter(subject_kind="contract").order_by("id")[1:]]
    kept = {"name": "Frame.pdf", "media_type": "application/pdf", "size": 8}
    assert said == [{"document": [None, kept]}, {"document": [kept, None]}]


@pytest.mark.rule("CTR-1")
@pytest.mark.parametrize(
    ("name", "content", "media_type", "expected"),
    [
        (" ", b"x", None, {"name": "required"}),
        (
            "a\nb",
            b"",
            "pdf",
            {"name": "control_character", "content": "out_of_range", "media_type": "not_a_media_type"},
        ),
        ("a", b"x" * (LARGEST + 1), "text/html\r\nX: y", {"content": "out_of_range", "media_type": "not_a_media_type"}),
    ],
)
def test_a_document_has_a_name_a_media_type_and_a_size_within_bounds(
    name: str, content: bytes, media_type: str | None, expected: dict[str, str]
) -> None:
    contract = a_contract()
    assert codes(lambda: attach_document(contract.id, name, content, media_type)) == expected


@pytest.mark.rule("CTR-2")
def test_a_subscription_belongs_to_a_contract_of_its_account_or_of_one_above_it() -> None:
    top, middle, below, other = (an_account(name) for name in ("Top", "Middle", "Below", "Other"))
    set_account_parent(middle.id, top.id, NEW_YEAR)
    set_account_parent(below.id, middle.id, date(2026, 2, 1))
    contract = a_contract(top)
    assert subscribed(top, contract=contract.id).contract == contract
    assert subscribed(below, contract=contract.id, start_date=date(2026, 2, 1)).contract == contract
    for account, start in ((below, NEW_YEAR), (other, NEW_YEAR)):
        refused = codes(lambda one=account, day=start: subscribed(one, contract=contract.id, start_date=day))
        assert refused == {"contract": "of_another_account"}
    assert codes(lambda: subscribed(top, contract=10**9)) == {"contract": "unknown"}


@pytest.mark.rule("CTR-2")
def test_a_subscription_without_an_end_ends_with_its_contract() -> None:
    account = an_account()
    assert subscribed(account, contract=a_contract(account).id).end_date == DECEMBER_31
    assert subscribed(account, contract=a_contract(account, end_date=None).id).end_date is None
    assert subscribed(account, contract=a_contract(account, renewal="automatic").id).end_date is None


DATES: list[tuple[dict[str, date], dict[str, str]]] = [
    ({"start_date": MAY, "end_date": date(2026, 10, 31)}, {}),
    ({"start_date": date(2026, 3, 31)}, {"start_date": "before_contract"}),
    ({"start_date": MAY, "end_date": date(2026, 11, 1)}, {"end_date": "after_contract"}),
    ({"start_date": date(2026, 11, 1)}, {"start_date": "after_contract"}),
]


@pytest.mark.rule("CTR-2")
@pytest.mark.parametrize(("dates", "expected"), DATES)
def test_a_subscription_neither_starts_before_nor_runs_beyond_its_contract(
    dates: dict[str, date], expected: dict[str, str]
) -> None:
    account = an_account()
    contract = a_contract(account, start_date=date(2026, 4, 1), end_date=date(2026, 10, 31))
    if expected:
        assert codes(lambda: subscribed(account, contract=contract.id, **dates)) == expected
    else:
        assert subscribed(account, contract=contract.id, **dates).contract == contract


@pytest.mark.rule("CTR-2", "REL-B")
def test_the_database_keeps_subscriptions_within_their_contracts() -> None:
    account = an_account()
    contract = a_contract(account)
    subscription = subscribed(account, contract=contract.id)
    wrong = [
        lambda: Subscription.objects.filter(id=subscription.id).update(ends_before=None),
        lambda: Subscription.objects.filter(id=subscription.id).update(start_date=date(2025, 12, 31)),
        lambda: Contract.objects.filter(id=contract.id).update(ends_before=MAY),
        lambda: Contract.objects.filter(id=contract.id).update(terminated_on=MAY),
        lambda: Contract.objects.filter(id=contract.id).update(start_date=MAY),
    ]
    for change in wrong:
        with pytest.raises(IntegrityError, match="not within contract"), transaction.atomic():
            change()


@pytest.mark.rule("CTR-2")
def test_dates_that_subscriptions_do_not_keep_to_are_refused_with_their_numbers() -> None:
    account = an_account()
    contract = a_contract(account, renewal="automatic")
    subscription = subscribed(account, contract=contract.id)
    with pytest.raises(Refusal, match=subscription.number) as refusal:
        update_contract(contract.id, {"renewal": "none", "start_date": date(2026, 2, 1)})
    assert {problem.code for problem in refusal.value.problems} == {"subscriptions_before", "subscriptions_beyond"}
    cancel_subscription(subscription.id, date(2026, 12, 1))
    assert update_contract(contract.id, {"renewal": "none"}).renewal_months is None


@pytest.mark.rule("CTR-1", "CTR-2")
def test_terminating_a_contract_shows_and_ends_what_is_under_it() -> None:
    account = an_account()
    contract = a_contract(account)
    running = subscribed(account, contract=contract.id)
    later = subscribed(account, contract=contract.id, start_date=date(2026, 7, 1))
    short = subscribed(account, contract=contract.id, end_date=date(2026, 3, 31))
    elsewhere = subscribed(account)
    preview = preview_termination(contract.id, MAY, "Moved")
    assert standing(contract, MAY) == ("active", DECEMBER_31)
    assert [(one.id, one.earlier_end, one.end) for one in preview] == [
        (running.id, DECEMBER_31, date(2026, 4, 30)),
        (later.id, DECEMBER_31, date(2026, 6, 30)),
    ]
    assert terminate_contract(contract.id, MAY, "Moved") == preview
    assert standing(contract, date(2026, 4, 30)) == ("active", date(2026, 4, 30))
    assert standing(contract, MAY) == ("terminated", date(2026, 4, 30))
    ends = dict(Subscription.objects.values_list("id", "ends_before"))
    assert ends == {running.id: MAY, later.id: date(2026, 7, 1), short.id: date(2026, 4, 1), elsewhere.id: None}
    assert {running.id, later.id} == set(
        Subscription.objects.filter(cancelled_at__isnull=False).values_list("id", flat=True)
    )


@pytest.mark.rule("CTR-1", "CTR-2")
def test_a_terminated_contract_keeps_its_dates_and_what_ended_with_it_does_not_go_on() -> None:
    account = an_account()
    contract = a_contract(account, renewal="automatic")
    subscription = subscribed(account, contract=contract.id)
    terminate_contract(contract.id, MAY)
    assert codes(lambda: update_contract(contract.id, {"start_date": MAY})) == {"start_date": "terminated"}
    assert update_contract(contract.id, {"notes": "Paid up"}).notes == "Paid up"
    assert codes(lambda: cancel_subscription(subscription.id, date(2026, 6, 1))) == {"date": "after_contract"}
    assert codes(lambda: subscribed(account, contract=contract.id, start_date=MAY)) == {"start_date": "after_contract"}
    assert codes(lambda: terminate_contract(contract.id, date(2026, 6, 1))) == {"date": "already_ends"}
    assert [one.end for one in terminate_contract(contract.id, date(2026, 4, 1))] == [date(2026, 3, 31)]


@pytest.mark.rule("CTR-1")
@pytest.mark.parametrize(
    ("day", "code"),
    [(date(2025, 12, 31), "before_start"), (NEXT_YEAR, "already_ends"), (date(1800, 1, 1), "out_of_range")],
)
def test_a_contract_is_terminated_while_it_lasts(day: date, code: str) -> None:
    contract = a_contract()
    assert codes(lambda: terminate_contract(contract.id, day)) == {"date": code}


@pytest.mark.rule("CTR-1")
def test_a_contract_is_deleted_unless_something_was_subscribed_to_under_it() -> None:
    account = an_account()
    unused, used = a_contract(account), a_contract(account)
    attach_document(unused.id, "a", b"x")
    delete_contract(unused.id)
    subscribed(account, contract=used.id)
    with pytest.raises(Refusal, match="used by 1 subscription") as refusal:
        delete_contract(used.id)
    assert refusal.value.kind is Kind.CONFLICT
    assert ContractDocument.objects.count() == 0


@pytest.mark.rule("CTR-1")
def test_a_contract_stays_with_its_account() -> None:
    contract = a_contract()
    assert codes(lambda: update_contract(contract.id, {"account": an_account("Other").id})) == {"account": "fixed"}
