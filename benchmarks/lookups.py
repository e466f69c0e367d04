"""PERF-5: look-ups and moves in a large tenant, against the smallest request there is, in the same process.

On the clock, and in processor time of Python and of the PostgreSQL that answers, which is about what a machine takes
that has nothing else to do. Every look-up is a whole request: the key is checked, the rows are read, the answer is
written; only the network is left out. Each is asked for other rows every time, and those who are asked for are all over
the tenant.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from statistics import quantiles
from urllib.parse import quote

from django.db import connection, transaction
from django.test import Client

from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.api.pages import write_cursor
from banyan.customers.actions.move_customer import move_customer
from banyan.customers.actions.preview_move import preview_account_parent, preview_customer_parent
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.ids import encode_id
from banyan.organizations.actions.create_api_key import create_api_key
from benchmarks.large_tenant import CHAIN, CUSTOMER_CHAIN, REGIONS, START, LargeTenant, populate, populated
from benchmarks.processor_time import backend, milliseconds_of

SECONDS_EACH = 4
LEAST_TIMES = 3
MOST_TIMES = 200
FLOOR = "The smallest request: settings"
PART_WAY = (0.1, 0.3, 0.5, 0.7, 0.9)

ACCOUNT_ORDERS = ("number", "-number", "name", "-name", "start_date", "-start_date", "created_at", "-created_at")
CUSTOMER_ORDERS = ("number", "-number", "name", "-name", "created_at", "-created_at")

MOST_MILLISECONDS = 50
MOST_MILLISECONDS_OF_A_MOVE = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked again and again; `limit` is the most that PERF-5 lets it take, in milliseconds."""

    name: str
    ask: Callable[[], object]
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of each time: on the clock, and worked by Python and PostgreSQL. `floor` is the 95th percentile of
    the smallest request.
    """

    question: Question
    clock: list[float]
    worked: list[float]
    of_postgresql: list[float]
    floor: float = 0

    @property
    def p95(self) -> float:
        return p95(self.clock)

    @property
    def ratio(self) -> float:
        return self.p95 / self.floor


class Asker:
    """Asks the API of the current tenant, as a browser or a client would."""

    def __init__(self, tenant: LargeTenant, key: str) -> None:
        self.tenant = tenant
        self.client = Client(headers={"Authorization": f"Bearer {key}"})
        self.dice = random.Random(5)

    def get(self, path: str) -> object:
        answer = self.client.get(f"/api/v1{path}")
        if answer.status_code != 200:
            raise WrongAnswerError(f"{path}: {answer.status_code} {answer.content[:500]!r}")
        return answer.content

    def among(self, first: int, count: int) -> int:
        """One of the `count` rows after the first `first` rows."""
        return self.tenant.first + first + self.dice.randrange(count)

    def account(self) -> int:
        return self.among(0, self.tenant.accounts)

    def customer(self) -> int:
        return self.among(0, self.tenant.customers)

    def one_of(self, choices: tuple[str, ...]) -> str:
        return quote(self.dice.choice(choices))


class WrongAnswerError(Exception):
    """A question was not answered, so its time means nothing."""


def measure(accounts: int) -> Iterator[Timed]:
    """Ask everything of a fresh tenant of so many accounts, then move things in it."""
    name = f"large_{accounts}_{os.getpid()}"
    create_tenant(name, name, (), set_up_tenant)
    with within_tenant(name):
        populate(accounts)
    yield from measure_in(name)


def measure_in(name: str, about: str = "") -> Iterator[Timed]:
    """Ask everything of a tenant that large_tenant populated, or what has `about` in its name."""
    with within_tenant(name):
        questions = questions_about(populated())
    floor = None
    for question in questions:
        if floor and about.lower() not in question.name.lower():
            continue
        with within_tenant(name):
            timed = _time(question)
        floor = floor or timed.p95
        yield replace(timed, floor=floor)


def questions_about(tenant: LargeTenant) -> list[Question]:
    """What is asked of the current tenant, the smallest request first."""
    _, key = create_api_key("benchmark")
    asker = Asker(tenant, key)
    return [_smallest_request(asker), *_look_ups(asker), *_trees(asker), *_moves(tenant)]


def _smallest_request(asker: Asker) -> Question:
    return Question(FLOOR, lambda: asker.get("/settings"))


def _look_ups(asker: Asker) -> list[Question]:
    tenant = asker.tenant

    def account(suffix: str) -> Callable[[], object]:
        return lambda: asker.get(f"/accounts/{encode_id('account', asker.account())}{suffix}")

    def payer_of_subscription() -> object:
        row = asker.among(*asker.dice.choice(((0, tenant.big), (tenant.huge, tenant.huge))))
        subscription = encode_id("subscription", row)
        return asker.get(f"/accounts/{encode_id('account', row)}/payer?subscription={subscription}")

    limited = [
        Question("Who pays for an account", account("/payer"), MOST_MILLISECONDS),
        Question("Who pays for a subscription", payer_of_subscription, MOST_MILLISECONDS),
    ]
    for relation, noun in (("responsible-account", "responsible account"), ("parent", "parent")):
        limited += _candidates(asker, relation, noun)
    return limited + _searches(asker) + _pages(asker)


def _candidates(asker: Asker, relation: str, noun: str) -> list[Question]:
    """For any account; then for those that fit to none of the first tenth, which are in one tree and managed."""
    tenant = asker.tenant
    not_in_the_first_tenth = tenant.first if relation == "parent" else tenant.first + 7 * tenant.huge
    answers = ("mül", "dairy", "A-07", "gmbh", "ÖDE", "a", "no such", "rossi bank")

    def ask(account: int, typed: str = "") -> object:
        return asker.get(f"/accounts/{encode_id('account', account)}/{relation}/candidates?q={typed}")

    behind = f"behind {tenant.huge:,} that fit not"
    return [
        Question(f"Candidates for {noun}", lambda: ask(asker.account()), MOST_MILLISECONDS),
        Question(
            f"Candidates for {noun}, some letters typed",
            lambda: ask(asker.account(), asker.one_of(answers)),
            MOST_MILLISECONDS,
        ),
        Question(f"Candidates for {noun}, {behind}", lambda: ask(not_in_the_first_tenth), MOST_MILLISECONDS),
        Question(
            f"Candidates for {noun}, {behind}, some letters typed",
            lambda: ask(not_in_the_first_tenth, asker.one_of(answers)),
            MOST_MILLISECONDS,
        ),
    ]


def _searches(asker: Asker) -> list[Question]:
    def finding(name: str, texts: Callable[[], str]) -> list[Question]:
        def search(kind: str) -> object:
            return asker.get(f"/{kind}?q={texts()}")

        return [
            Question(f"Search {kind}: {name}", partial(search, kind), MOST_MILLISECONDS)
            for kind in ("accounts", "customers")
        ]

    def sorted_search(kind: str, sort: str) -> object:
        typed = asker.one_of(("gmbh", "köln", "a", "rob", "müller bakery", "co kg"))
        return asker.get(f"/{kind}?sort={sort}&q={typed}")

    def number() -> str:
        return f"{asker.dice.choice('AC')}-{asker.customer():07d}"

    return [
        *finding("a number", number),
        *finding("the beginning of a number", lambda: number()[: asker.dice.randrange(4, 9)]),
        *finding(
            "an external number",
            lambda: f"{asker.dice.choice(('CRM', 'ERP'))}{asker.dice.randrange(10**6, 10**7)}",
        ),
        *finding("a frequent word", lambda: asker.one_of(("gmbh", "inc.", "AG", "co", "LTD"))),
        *finding("a word", lambda: asker.one_of(("muller", "Čapek", "Köln", "bakery", "robotics", "o'brien"))),
        *finding("some letters", lambda: asker.one_of(("a", "mü", "cap", "kob", "rob", "qui", "z", "Łuk"))),
        *finding(
            "two words", lambda: asker.one_of(("müller bakery", "zenith oslo", "petrov gl", "anna ross", "co kg"))
        ),
        *finding("three words", lambda: asker.one_of(("acme coffee wien", "weiß paper ab", "silva labs p"))),
        *finding("an e-mail address", lambda: f"ap{asker.customer()}%40"),
        *finding("nothing that is there", lambda: asker.one_of(("no such name", "x9", "%", "gmbh acmee"))),
        *(
            Question(
                f"Search {kind}: words and letters, sorted by {sort}",
                partial(sorted_search, kind, sort),
                MOST_MILLISECONDS,
            )
            for kind, orders in (("accounts", ACCOUNT_ORDERS), ("customers", CUSTOMER_ORDERS))
            for sort in orders
        ),
    ]


def _pages(asker: Asker) -> list[Question]:
    tenant = asker.tenant

    def deep(kind: str, sort: str) -> Callable[[], object]:
        count = tenant.accounts if kind == "accounts" else tenant.customers
        cursors = [_cursor(kind, sort, tenant.first + int(count * share)) for share in PART_WAY]
        return lambda: asker.get(f"/{kind}?sort={sort}&cursor={asker.dice.choice(cursors)}")

    def region() -> str:
        return encode_id("organization", 1_000_000 + asker.dice.randrange(REGIONS))

    return [
        Question("List: first page", lambda: asker.get("/accounts")),
        *(
            Question(f"List of {kind} by {sort}: a page far in", deep(kind, sort), MOST_MILLISECONDS)
            for kind, orders in (("accounts", ("id", *ACCOUNT_ORDERS)), ("customers", CUSTOMER_ORDERS))
            for sort in orders
        ),
        Question("List: of a region", lambda: asker.get(f"/accounts?organization={region()}")),
        Question("List: inactive ones by name", lambda: asker.get("/accounts?status=inactive&sort=name")),
        Question("List: a status nobody has", lambda: asker.get("/accounts?status=pending_collection")),
        Question(
            "List: of a region and found by a word, by name",
            lambda: asker.get(f"/accounts?organization={region()}&q=glass&sort=name"),
        ),
        Question(
            "List: all accounts of a customer",
            lambda: asker.get(f"/accounts?customer={encode_id('customer', asker.customer())}"),
        ),
        Question(
            "List: what is right below an account with a hundred below it, by name",
            lambda: asker.get(f"/accounts?sort=name&parent={encode_id('account', tenant.big_root + 1)}"),
        ),
        Question(
            f"List: managed accounts of one that has {tenant.big:,}",
            lambda: asker.get(f"/accounts/{encode_id('account', tenant.big_root)}/managed-accounts"),
        ),
    ]


def _cursor(kind: str, sort: str, row: int) -> str:
    """The cursor of the page after the row."""
    column = sort.removeprefix("-")
    table = {"accounts": "accounts_account", "customers": "accounts_customer"}[kind]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [row])
        (value,) = cursor.fetchone()
    return write_cursor([column, sort.startswith("-"), value.isoformat() if isinstance(value, date) else value, row])


def _trees(asker: Asker) -> list[Question]:
    tenant = asker.tenant

    def tree(account: int) -> Callable[[], object]:
        return lambda: asker.get(f"/accounts/{encode_id('account', account)}/tree")

    def relatives() -> object:
        return asker.get(f"/customers/{encode_id('customer', asker.among(tenant.huge, tenant.huge))}/hierarchy")

    def rollup(account: int) -> Callable[[], object]:
        return lambda: asker.get(f"/accounts/{encode_id('account', account)}/rollup")

    return [
        Question("Roll-up of a chain, 50 deep", rollup(tenant.deepest - CHAIN + 1), MOST_MILLISECONDS),
        Question(f"Roll-up of {tenant.big:,}", rollup(tenant.big_root)),
        Question("Tree of a family of five", tree(tenant.first + 3 * tenant.huge), MOST_MILLISECONDS),
        Question(f"Tree of a chain, {CHAIN} deep", tree(tenant.deepest - CHAIN + 1), MOST_MILLISECONDS),
        Question(f"Tree of {tenant.big:,}", tree(tenant.big_root)),
        Question(f"Older relatives and children in chains of {CUSTOMER_CHAIN} customers", relatives, MOST_MILLISECONDS),
        Question(
            f"Preview: an account with {tenant.big:,} in its tree below another",
            lambda: preview_account_parent(tenant.big_root, tenant.deepest),
        ),
        Question(
            f"Preview: a customer with {tenant.big:,} in its hierarchy below another",
            lambda: preview_customer_parent(tenant.first, tenant.customer_on_fourth_level),
        ),
    ]


def _moves(tenant: LargeTenant) -> list[Question]:
    """Each time to another place, so that every move changes something; customers also from a day later each time, so
    that what held before ends there: a second change on a day only replaces the first.
    """
    below = iter(range(1_000))

    def move_accounts() -> None:
        set_account_parent(tenant.big_root, tenant.deepest + CHAIN * next(below))

    def leave_children() -> None:
        with transaction.atomic():
            set_account_parent(tenant.big_root + 1, tenant.deepest, children="stay")
            transaction.set_rollback(True)

    def move_customers() -> None:
        number = next(below)
        place = tenant.customer_on_fourth_level + CUSTOMER_CHAIN * number
        move_customer(tenant.first, place, START + timedelta(days=1 + number))

    return [
        Question(f"Move an account with {tenant.big:,} in its tree", move_accounts, MOST_MILLISECONDS_OF_A_MOVE),
        Question(f"Move an account, leave its children ({tenant.big // 100:,})", leave_children),
        Question(
            f"Move a customer with {tenant.big:,} in its hierarchy, who all get another payer",
            move_customers,
            MOST_MILLISECONDS_OF_A_MOVE,
        ),
    ]


def _time(question: Question) -> Timed:
    """Each time, after one that warms up."""
    question.ask()
    timed = Timed(question, [], [], [])
    own, server = os.getpid(), backend()
    end = time.perf_counter() + SECONDS_EACH
    while len(timed.clock) < MOST_TIMES and (len(timed.clock) < LEAST_TIMES or time.perf_counter() < end):
        began = (time.perf_counter() * 1000, milliseconds_of(own), milliseconds_of(server))
        question.ask()
        ended = (time.perf_counter() * 1000, milliseconds_of(own), milliseconds_of(server))
        clock, python, postgresql = (after - before for before, after in zip(began, ended, strict=True))
        timed.clock.append(clock)
        timed.worked.append(python + postgresql)
        timed.of_postgresql.append(postgresql)
    return timed


def p95(times: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(times, n=20, method="inclusive")[18]
