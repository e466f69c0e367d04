"""Nothing but accounts/today.py says which day it is."""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src/banyan"
OF_UTC = re.compile(
    r"\bcurrent_date\b|\bnow\(\)\s*(?:::date|\.date\()|\b(?:date|datetime)\.today\(|\blocaldate\(", re.I
)


@pytest.mark.rule("DAT-2")
def test_only_one_module_says_which_day_it_is():
    code = [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]
    assert len(code) > 300
    wrong = [str(path.relative_to(SOURCE)) for path in code if OF_UTC.search(path.read_text())]
    assert wrong == []


@pytest.mark.rule("DAT-2")
@pytest.mark.parametrize("text", ["upper(during) > CURRENT_DATE", "now().date()", "date.today()", "now()::date"])
def test_what_is_looked_for_is_found(text: str):
    assert OF_UTC.search(text)
