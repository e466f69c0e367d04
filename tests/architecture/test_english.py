"""What people read is plain English; these turns of phrase came back too often."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "src" / "banyan"
NOT_PLAIN = {
    "'is not a …', not 'is no …'": re.compile(r"(?<![Tt]here )\b(?:is|are) no (?!longer\b|more\b)\w"),
    "'already exists', 'is listed twice'": re.compile(r"\bis there (?:already|twice)\b"),
    "'must be one of', not 'it is one of'": re.compile(r"; it is one of\b|: it is one of\b"),
}


def messages(source: str) -> Iterator[tuple[int, str]]:
    """The texts of a module that are no docstrings, with their lines; `{}` stands for what an f-string fills in."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | within:
            yield node.lineno, node.value


@pytest.mark.parametrize("instead", NOT_PLAIN)
def test_messages_are_plain(instead: str):
    wrong = [
        f"{path.relative_to(SOURCES)}:{line}: {text}"
        for path in sorted(SOURCES.rglob("*.py"))
        if "migrations" not in path.parts
        for line, text in messages(path.read_text())
        if NOT_PLAIN[instead].search(text)
    ]
    assert wrong == [], instead


def test_the_guard_sees_texts_and_f_strings_and_no_docstrings():
    found = list(messages('"""is no docstring"""\nx = "is no a"\ny = f"{x} is no b"\n'))
    assert found == [(2, "is no a"), (3, "{} is no b")]
    assert all(NOT_PLAIN["'is not a …', not 'is no …'"].search(text) for _, text in found)
    assert not NOT_PLAIN["'is not a …', not 'is no …'"].search("There is no such account; it is no longer here.")
