"""What cells may say, and what is refused because it could be read as something else (IMP-1)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from banyan.catalog.inputs import NewTier
from banyan.transfer import cells
from banyan.transfer.cells import BadCell, CellType

pytestmark = pytest.mark.rule("IMP-1")


@pytest.mark.parametrize(
    ("cell_type", "text", "value"),
    [
        (cells.DATE, "2026-02-28", date(2026, 2, 28)),
        (cells.TIMESTAMP, "2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        (cells.TIMESTAMP, "2026-01-31T10:30:00+01:00", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        (cells.DECIMAL, "1234.50", Decimal("1234.50")),
        (cells.DECIMAL, "-0.000000000001", Decimal("-0.000000000001")),
        (cells.WHOLE_NUMBER, "-3", -3),
        (cells.YES_OR_NO, "TRUE", True),
        (cells.YES_OR_NO, "no", False),
        (cells.JSON, '{"theme": "dark"}', {"theme": "dark"}),
        (cells.LIST, "seats; support;", ("seats", "support")),
        (cells.PHONES, "mobile: +1 415 555 2671", ({"type": "mobile", "number": "+1 415 555 2671"},)),
        (
            cells.TIERS,
            "100:1.00;500:0.80+5;:0.50",
            (
                NewTier(Decimal(100), Decimal("1.00"), Decimal(0)),
                NewTier(Decimal(500), Decimal("0.80"), Decimal(5)),
                NewTier(None, Decimal("0.50"), Decimal(0)),
            ),
        ),
    ],
)
def test_a_cell_is_read(cell_type: CellType, text: str, value: object) -> None:
    assert cell_type.read(text) == value


@pytest.mark.parametrize(
    ("cell_type", "text", "code"),
    [
        (cells.DATE, "31.01.2026", "not_a_date"),
        (cells.DATE, "2026-02-29", "not_a_date"),
        (cells.DATE, "20260131", "not_a_date"),
        (cells.DATE, "2026-W05-1", "not_a_date"),
        (cells.TIMESTAMP, "2026-01-31T09:30:00", "not_a_timestamp"),
        (cells.TIMESTAMP, "yesterday", "not_a_timestamp"),
        (cells.DECIMAL, "1e3", "not_a_decimal"),
        (cells.DECIMAL, "NaN", "not_a_decimal"),
        (cells.DECIMAL, "Infinity", "not_a_decimal"),
        (cells.DECIMAL, "1,000.00", "not_a_decimal"),
        (cells.DECIMAL, "12,50", "not_a_decimal"),
        (cells.DECIMAL, "٣", "not_a_decimal"),
        (cells.WHOLE_NUMBER, "1.5", "not_a_whole_number"),
        (cells.WHOLE_NUMBER, "99999999999", "not_a_whole_number"),
        (cells.YES_OR_NO, "maybe", "not_true_or_false"),
        (cells.TEXT, "a\x00b", "control_character"),
        (cells.JSON, "{theme: dark}", "not_json"),
        (cells.JSON, '{"a": NaN}', "not_json"),
        (cells.JSON, '{"a": "\\ud800"}', "not_json"),
        (cells.JSON, '{"a": "\\u0000"}', "control_character"),
        (cells.JSON, "[" * 100_000, "not_json"),
        (cells.JSON, '{"a": 1, "a": 2}', "not_json"),
        (cells.JSON, "9" * 5_000, "not_json"),
        (cells.DECIMAL, "9" * 10_000, "not_a_decimal"),
        (cells.DECIMAL, "1e999999", "not_a_decimal"),
        (cells.DATE, "0000-01-01", "not_a_date"),
        (cells.DATE, "10000-01-01", "not_a_date"),
        (cells.TIMESTAMP, "0000-01-01T00:00:00Z", "not_a_timestamp"),
        (cells.PHONES, "+1 415 555 2671", "not_a_pair"),
        (cells.TIERS, "100", "not_a_tier"),
        (cells.TIERS, "100:1e2", "not_a_decimal"),
        (cells.one_of("move", "stay"), "go", "not_a_choice"),
    ],
)
def test_a_cell_that_could_mean_something_else_is_refused(cell_type: CellType, text: str, code: str) -> None:
    with pytest.raises(BadCell) as refused:
        cell_type.read(text)
    assert refused.value.code == code


@pytest.mark.rule("IMP-2")
@pytest.mark.parametrize(
    ("cell_type", "value", "text"),
    [
        (cells.DATE, date(2026, 1, 31), "2026-01-31"),
        (cells.TIMESTAMP, datetime(2026, 1, 31, 9, 30, tzinfo=UTC), "2026-01-31T09:30:00Z"),
        (cells.TIMESTAMP, datetime(2026, 1, 31, 9, 30, 0, 250, tzinfo=UTC), "2026-01-31T09:30:00.000250Z"),
        (cells.DECIMAL, Decimal("-75.5000"), "-75.5"),
        (cells.DECIMAL, Decimal("1E+3"), "1000"),
        (cells.DECIMAL, 7.5, "7.5"),
        (cells.YES_OR_NO, False, "false"),
        (cells.LIST, ("a;b", "c\\d", "e\\;f", "g"), "a\\;b;c\\\\d;e\\\\\\;f;g"),
        (cells.PHONES, ({"type": "fixed", "number": "+1 415; 2"},), "fixed: +1 415\\; 2"),
        (cells.JSON, {"é": [1, 2.5, None]}, '{"é": [1, 2.5, null]}'),
        (cells.TEXT_OR_JSON, "PO 7", "PO 7"),
        (cells.TEXT_OR_JSON, "12", "12"),
        (cells.TEXT_OR_JSON, {"po": 7}, '{"po": 7}'),
        (cells.TEXT_OR_JSON, '{"po": 7}', '"{\\"po\\": 7}"'),
        (cells.TEXT_OR_JSON, "{po: 7}", "{po: 7}"),
    ],
)
def test_what_is_written_is_read_as_the_same_value(cell_type: CellType, value: object, text: str) -> None:
    assert cell_type.write(value) == text
    assert cell_type.read(text) == value


@pytest.mark.rule("IMP-2")
def test_tiers_are_written_as_they_are_read() -> None:
    tiers = [
        {"up_to": "100", "unit_amount": "1.00", "flat_amount": "0"},
        {"up_to": "500", "unit_amount": "0.80", "flat_amount": "5"},
        {"up_to": None, "unit_amount": "0.002500", "flat_amount": "0"},
    ]
    assert cells.TIERS.write({"tiers": tiers, "currency": "USD"}) == "100:1.00;500:0.80+5.00;:0.0025"
    assert cells.TIERS.write({"tiers": tiers[:1], "currency": "JPY"}) == "100:1"
