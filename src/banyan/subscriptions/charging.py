"""Charges on their way: what their fields may hold, and who is to pay for them (SUB-7, WHO-2)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from banyan.accounts.models import Account
from banyan.accounts.today import days_now
from banyan.catalog.models import Product
from banyan.engine.facts import WhoPaysMode
from banyan.kernel.decimals import is_plain
from banyan.kernel.money import minor_units
from banyan.kernel.refusals import Kind, Problem, Problems, Refusal
from banyan.kernel.texts import fault_of
from banyan.subscriptions.default_groups import default_groups
from banyan.subscriptions.inputs import NewCharge, WhoPaysChoice
from banyan.subscriptions.models import Charge, Subscription
from banyan.subscriptions.who_pays import PayerDecision, PayerQuestion, decide_payers, missing_in_choices

WHOLE_DIGITS = 15


def checked_charges(
    new: Sequence[NewCharge], accounts: Mapping[int, Account], held: WhoPaysChoice | None = None
) -> list[Charge | Refusal]:
    """A charge that is not saved or the reasons against it at each input's position.

    `accounts` are those that exist, held; `held` is by which choice a charge is paid already. The number of queries is
    the same for any number of charges.
    """
    products = Product.objects.in_bulk({one.product for one in new if one.product is not None})
    named = Subscription.objects.in_bulk({one.subscription for one in new if one.subscription is not None})
    found = [_problems(one, accounts.get(one.account), products, named) for one in new]
    decisions = _decisions(new, accounts, held)
    results = [_charge(one, problems, decision) for one, problems, decision in zip(new, found, decisions, strict=True)]
    _make_groups(decision for result, decision in zip(results, decisions, strict=True) if isinstance(result, Charge))
    return results


def _make_groups(decisions: Iterable[PayerDecision | Refusal | None]) -> None:
    """The default groups that charges are to be in, as far as is known now: a move may lead to others (GRP-1)."""
    default_groups(
        payer
        for decision in decisions
        if isinstance(decision, PayerDecision) and decision.mode is not WhoPaysMode.CUSTOMER_SEPARATE
        for payer in decision.payers
    )


def _charge(new: NewCharge, problems: Problems, decision: PayerDecision | Refusal | None) -> Charge | Refusal:
    if isinstance(decision, Refusal):
        problems.take(decision)
    if problems.found:
        return Refusal(problems.found, problems.kind)
    chosen = decision if isinstance(decision, PayerDecision) else None
    return Charge(
        account_id=new.account,
        product_id=new.product,
        subscription_id=new.subscription,
        who_pays_mode=None if chosen is None else chosen.mode.value,
        payer_id=None if chosen is None or chosen.mode != "ancestor" else chosen.payer,
        description=new.description,
        amount=new.amount,
        date=new.date,
    )


def _decisions(
    new: Sequence[NewCharge], accounts: Mapping[int, Account], held: WhoPaysChoice | None
) -> list[PayerDecision | Refusal | None]:
    """Who is to pay for each that names no subscription, as on the first day that it can be billed."""
    days = days_now()
    asked = {
        position: PayerQuestion(
            accounts[one.account],
            max(one.date, days.of(accounts[one.account].owner_id)),
            one.who_pays,
            stands=held is not None and one.who_pays == held,
        )
        for position, one in enumerate(new)
        if one.account in accounts and one.subscription is None
    }
    decided: dict[int, PayerDecision | Refusal | None] = dict(
        zip(asked, decide_payers(list(asked.values())), strict=True)
    )
    missing = missing_in_choices([(one.who_pays, None) for one in new])
    for position, problems in enumerate(missing):
        if position not in asked and problems:
            decided[position] = Refusal(problems)
    return [decided.get(position) for position in range(len(new))]


def _problems(
    new: NewCharge, account: Account | None, products: Mapping[int, Product], named: Mapping[int, Subscription]
) -> Problems:
    problems = Problems()
    if account is None:
        problems.add("account", "unknown", "there is no such account", "SUB-7", new.account)
    elif account.inactive_since is not None and new.date > account.inactive_since:
        last_day = account.inactive_since
        message = f"account {account.number} is inactive since {last_day}; nothing that is dated later is charged"
        problems.add("date", "account_inactive", message, "ACC-3", new.date, Kind.CONFLICT)
    _check_amount(problems, new.amount, account)
    if fault := fault_of(new.description, 500):
        problems.add("description", "unreadable", f"description {fault}", "SUB-7", new.description)
    if new.product is not None and new.product not in products:
        problems.add("product", "unknown", "there is no such product", "SUB-7", new.product)
    if new.subscription is not None:
        _check_subscription(problems, new, named.get(new.subscription))
    return problems


def _check_subscription(problems: Problems, new: NewCharge, subscription: Subscription | None) -> None:
    if subscription is None:
        problems.found.append(
            Problem("subscription", "unknown", "there is no such subscription", "SUB-7", new.subscription)
        )
    elif subscription.account_id != new.account:
        message = f"subscription {subscription.number} is of another account than the charge"
        problems.add("subscription", "of_another_account", message, "SUB-7", subscription.number, Kind.CONFLICT)
    if new.who_pays is not None:
        message = "a charge of a subscription is paid like the subscription; name one of the two"
        problems.add("who_pays", "contradicts_subscription", message, "SUB-7", new.who_pays.mode)


def _check_amount(problems: Problems, amount: Decimal, account: Account | None) -> None:
    if not amount:
        message = "amount 0 charges nothing; give a charge or, negative, a credit"
        problems.add("amount", "zero", message, "SUB-7", amount)
        return
    if account is None:
        return  # how many decimals it may have is its currency's
    decimals = minor_units(account.currency)
    if not is_plain(amount, decimals, WHOLE_DIGITS):
        message = (
            f"amount {amount} must have at most {WHOLE_DIGITS} digits and {decimals} decimals ({account.currency})"
        )
        problems.add("amount", "not_in_minor_units", message, "SUB-7", amount)
