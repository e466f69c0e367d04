"""New subscriptions on their way: checked, their payers decided, then written (SUB-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain

from banyan.accounts.copying import copy_in
from banyan.accounts.models import Account
from banyan.accounts.today import Days, days_now
from banyan.catalog.models import Price
from banyan.contracts.models import Contract
from banyan.contracts.queries import latest_end
from banyan.kernel.calendar import day_after
from banyan.kernel.refusals import Kind, Problems, Refusal
from banyan.subscriptions.checks import check_subscription
from banyan.subscriptions.inputs import NewSubscription
from banyan.subscriptions.locking import lock_accounts
from banyan.subscriptions.marking import mark_siblings_changed
from banyan.subscriptions.models import Subscription, SubscriptionItem
from banyan.subscriptions.numbering import ids_and_numbers
from banyan.subscriptions.payer_dates import change_payers
from banyan.subscriptions.under_contracts import ContractQuestion, check_contracts, lock_contracts
from banyan.subscriptions.usage_once import (
    DaysOfUsage,
    check_charged_once,
    days_of_usage,
    is_usage,
    lock_usage_of,
)
from banyan.subscriptions.who_pays import (
    DecidedPayer,
    PayerDecision,
    PayerQuestion,
    decide_payers,
    missing_in_choices,
    payer_changes,
)


@dataclass(slots=True)
class Candidate:
    """One input on its way: what is wrong with it so far, and who is to pay. It is served until before `end`."""

    new: NewSubscription
    start: date
    end: date | None
    problems: Problems
    decision: PayerDecision | None = None
    id: int = 0
    number: str = ""


def checked_candidates(new: Sequence[NewSubscription], ordered: bool = False) -> list[Candidate]:
    """Every input with all that is wrong with it; what was looked at is held until the transaction ends. `ordered`: who
    is to pay stands in an order (PayerQuestion)."""
    accounts = lock_accounts(one.account for one in new)
    contracts = lock_contracts(one.contract for one in new if one.contract is not None)
    days = days_now()
    candidates = [_candidate(one, contracts, accounts.get(one.account), days) for one in new]
    _check(candidates, accounts)
    _check_contracts(candidates, accounts, contracts)
    _decide(candidates, accounts, ordered)
    return candidates


def subscribe(candidates: Sequence[Candidate]) -> list[Subscription | Refusal]:
    """Write those that nothing is wrong with; a subscription or a refusal for each, in their order."""
    good = _number([candidate for candidate in candidates if not candidate.problems.found])
    made = _insert(good)
    return [
        Refusal(candidate.problems.found, candidate.problems.kind) if candidate.problems.found else made[candidate.id]
        for candidate in candidates
    ]


def _candidate(
    new: NewSubscription, contracts: Mapping[int, Contract], account: Account | None, days: Days
) -> Candidate:
    contract = contracts.get(new.contract or 0)
    end = day_after(new.end_date) or (latest_end(contract) if contract else None)
    return Candidate(new, new.start_date or days.of(account.owner_id if account else None), end, Problems())


def _check_contracts(
    candidates: Sequence[Candidate], accounts: Mapping[int, Account], contracts: Mapping[int, Contract]
) -> None:
    """CTR-2."""
    questions = [
        ContractQuestion(one.new.contract, accounts.get(one.new.account), one.start, one.end, one.problems)
        for one in candidates
        if one.new.contract is not None
    ]
    check_contracts(questions, contracts)


def _check(candidates: Sequence[Candidate], accounts: Mapping[int, Account]) -> None:
    prices = Price.objects.select_related("product").in_bulk({item.price for c in candidates for item in c.new.items})
    for candidate in candidates:
        account = accounts.get(candidate.new.account)
        check_subscription(candidate.problems, candidate.new, candidate.start, account, prices)
    _check_usage(candidates, prices)
    given = [candidate.new.number for candidate in candidates if candidate.new.number is not None]
    taken = set(Subscription.objects.filter(number__any_of=given).values_list("number", flat=True)) if given else set()
    for candidate in candidates:
        number = candidate.new.number
        if number in taken:
            _refuse_number(candidate)
        elif number is not None and not candidate.problems.found:
            taken.add(number)


def _check_usage(candidates: Sequence[Candidate], prices: Mapping[int, Price]) -> None:
    """USE-5, against what accounts have, and against the inputs before."""
    metered = [one for one in candidates if any(is_usage(prices.get(item.price)) for item in one.new.items)]
    if not metered:
        return
    lock_usage_of(one.new.account for one in metered)
    held = {account: list(days) for account, days in days_of_usage({one.new.account for one in metered}).items()}
    for place, candidate in enumerate(metered):
        others = held.setdefault(candidate.new.account, [])
        own: list[DaysOfUsage] = []
        for number, item in enumerate(candidate.new.items):
            price = prices.get(item.price)
            if price is not None and is_usage(price):
                label = candidate.new.number or "this subscription"
                days = DaysOfUsage(
                    *(None, candidate.new.account, -place - 1, f"an item of {label}", item.named_only),
                    *(price.meter_id, price.product_id, candidate.start, candidate.end),
                )
                check_charged_once(candidate.problems, f"items.{number}.price", days, [*others, *own])
                own.append(days)
        if not candidate.problems.found:
            others += own


def _refuse_number(candidate: Candidate) -> None:
    message = f"number {candidate.new.number!r} is that of another subscription"
    candidate.problems.add("number", "taken", message, "SUB-1", candidate.new.number, Kind.CONFLICT)


def _decide(candidates: Sequence[Candidate], accounts: Mapping[int, Account], ordered: bool) -> None:
    of_known_accounts = [candidate for candidate in candidates if candidate.new.account in accounts]
    others = [candidate for candidate in candidates if candidate.new.account not in accounts]
    missing = missing_in_choices([(candidate.new.who_pays, candidate.new.group) for candidate in others])
    for candidate, problems in zip(others, missing, strict=True):
        candidate.problems.found.extend(problems)
    questions = [
        PayerQuestion(accounts[c.new.account], c.start, c.new.who_pays, c.new.group, ordered=ordered)
        for c in of_known_accounts
    ]
    for candidate, decision in zip(of_known_accounts, decide_payers(questions), strict=True):
        if isinstance(decision, Refusal):
            candidate.problems.take(decision)
        else:
            candidate.decision = decision


def _number(candidates: list[Candidate]) -> list[Candidate]:
    """Give each its id, and a number unless it came with one."""
    drawn = ids_and_numbers(Subscription, "S", [candidate.new.number for candidate in candidates])
    for candidate, (id_, number) in zip(candidates, drawn, strict=True):
        candidate.id, candidate.number = id_, number
    return candidates


def _insert(candidates: Sequence[Candidate]) -> dict[int, Subscription]:
    """The subscriptions by id."""
    subscriptions = [_row(candidate) for candidate in candidates]
    copy_in(subscriptions)
    items = [
        SubscriptionItem(
            subscription_id=candidate.id,
            price_id=item.price,
            quantity=Decimal(1) if item.quantity is None else item.quantity,
            named_only=item.named_only,
        )
        for candidate in candidates
        for item in candidate.new.items
    ]
    copy_in(items)
    _join_pools(items, {candidate.id: candidate.start for candidate in candidates})
    decided = [
        DecidedPayer(candidate.id, candidate.start, candidate.decision)
        for candidate in candidates
        if candidate.decision is not None
    ]
    change_payers(chain.from_iterable(payer_changes(decided)))
    return {subscription.id: subscription for subscription in subscriptions}


def _join_pools(items: Sequence[SubscriptionItem], starts: Mapping[int, date]) -> None:
    """What was billed of a pool that a new item joins in the past is looked at again (POO-2)."""
    pooled = set(
        Price.objects.filter(pk__in={item.price_id for item in items}, pooled=True).values_list("id", flat=True)
    )
    mark_siblings_changed({item.id: starts[item.subscription_id] for item in items if item.price_id in pooled})


def _row(candidate: Candidate) -> Subscription:
    return Subscription(
        id=candidate.id,
        account_id=candidate.new.account,
        number=candidate.number,
        start_date=candidate.start,
        ends_before=candidate.end,
        contract_id=candidate.new.contract,
        anchor=candidate.new.anchor or "cycle",
    )
