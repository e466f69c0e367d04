"""Allowances that the accounts of a tree share."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.engine.facts import Meter, Pool, PoolMember
from banyan.engine.pooling import Allowance, shares_of_pool
from banyan.kernel.calendar import Period
from tests.engine.catalog import CALLS, day

JANUARY = Period(day("2026-01-01"), day("2026-02-01"))


def pool(*members: tuple[str, str, str], meter: Meter = CALLS) -> Pool:
    """Members are given by account number, usage and allowance; items count from 1."""
    return Pool(
        meter,
        JANUARY,
        tuple(
            PoolMember(item, number, Decimal(used), Decimal(allowance))
            for item, (number, used, allowance) in enumerate(members, start=1)
        ),
    )


def shared(asked: Pool) -> list[str]:
    shares = shares_of_pool(asked)
    return [str(shares[member.item_id].shared) for member in asked.members]


@pytest.mark.rule("POO-1", "POO-2")
def test_what_is_unused_is_shared_in_proportion_to_need() -> None:
    asked = pool(("A-0", "200", "1000"), ("A-1", "1500", "500"), ("A-2", "700", "500"))
    assert shares_of_pool(asked) == {
        1: Allowance(Decimal(200), Decimal(0)),
        2: Allowance(Decimal(500), Decimal(667)),
        3: Allowance(Decimal(500), Decimal(133)),
    }


@pytest.mark.rule("POO-2")
def test_everybody_gets_what_he_needs_while_there_is_enough() -> None:
    assert shared(pool(("A-0", "0", "1000"), ("A-1", "700", "500"), ("A-2", "600", "100"))) == ["0", "200", "500"]


@pytest.mark.rule("POO-2", "MON-2")
def test_a_tie_goes_to_the_lower_account_number() -> None:
    assert shared(pool(("A-9", "10", "0"), ("A-1", "10", "0"), ("A-5", "0", "5"))) == ["2", "3", "0"]
    assert shared(pool(("A-1", "10", "0"), ("A-9", "10", "0"), ("A-5", "0", "5"))) == ["3", "2", "0"]
    assert shared(pool(("A-1", "10", "0"), ("A-1", "10", "0"), ("A-5", "0", "5"))) == ["3", "2", "0"]


@pytest.mark.rule("POO-2", "USE-1")
def test_the_precision_of_the_meter_decides_how_fine_the_shares_are() -> None:
    hours = Meter(2, "hours", "hour", 2)
    assert shared(pool(("A-0", "10", "0"), ("A-1", "20", "0"), ("A-2", "0", "1"), meter=hours)) == [
        "0.33",
        "0.67",
        "0.00",
    ]


members = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400), st.integers(0, 300)), min_size=1, max_size=12)


@pytest.mark.rule("POO-1", "POO-2")
@given(members=members, precision=st.integers(0, 3))
def test_what_is_charged_is_exactly_usage_minus_pool(members: list[tuple[int, int, int]], precision: int) -> None:
    unit = Decimal(1).scaleb(-precision)
    asked = Pool(
        Meter(1, "m", "u", precision),
        JANUARY,
        tuple(
            PoolMember(item, f"A-{number}", used * unit, allowance * unit)
            for item, (number, used, allowance) in enumerate(members)
        ),
    )
    shares = shares_of_pool(asked)
    charged = {
        member.item_id: member.used - shares[member.item_id].own - shares[member.item_id].shared
        for member in asked.members
    }
    assert sum(charged.values()) == max(0, sum(m.used for m in asked.members) - sum(m.allowance for m in asked.members))
    assert all(amount >= 0 for amount in charged.values())
    assert all(shares[member.item_id].own == min(member.used, member.allowance) for member in asked.members)
