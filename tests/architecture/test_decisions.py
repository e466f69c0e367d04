"""Decisions are found by their numbers."""

from collections import Counter
from pathlib import Path

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"


def test_each_decision_has_a_number_of_its_own_which_its_title_says():
    numbers = {path: int(path.name[:4]) for path in DECISIONS.glob("*.md")}
    assert [number for number, count in Counter(numbers.values()).items() if count > 1] == []
    titles = {path: path.read_text(encoding="utf-8").partition("\n")[0] for path in numbers}
    assert [path.name for path in numbers if not titles[path].startswith(f"# {numbers[path]}. ")] == []
