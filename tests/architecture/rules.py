"""docs/rules.md against what code and tests say: `python -m tests.architecture.rules` writes its last column."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "rules.md"
RULE = re.compile(r"[A-Z]{2,4}-(?:[0-9]+|[A-Z])")
ROW = re.compile(r"\| (?P<rule>[A-Z]{2,4}-(?:[0-9]+|[A-Z])) \| (?P<sentence>.*?) \| (?P<tests>.*?) \|")


@dataclass(frozen=True, slots=True, order=True)
class Proof:
    """A test, or a story, that names a rule."""

    file: str
    name: str


def listed() -> dict[str, str]:
    """The rules of docs/rules.md with their sentences."""
    rows = (ROW.fullmatch(line) for line in LIST.read_text().splitlines())
    return {row["rule"]: row["sentence"] for row in rows if row}


def named_by_refusals() -> dict[str, list[str]]:
    """The rules that stand in the code as texts of their own, as refusals and payers name them, with the places."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "src" / "banyan").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and RULE.fullmatch(node.value):
                found.setdefault(node.value, []).append(f"{file.relative_to(ROOT)}:{node.lineno}")
    return found


def proofs() -> dict[str, list[Proof]]:
    """The rules that tests and stories are marked with, and these."""
    found: dict[str, list[Proof]] = {}
    for rule, proof in sorted([*_marked_tests(), *_stories()]):
        found.setdefault(rule, []).append(proof)
    return found


def with_tests(text: str, proved: dict[str, list[Proof]]) -> str:
    """The list with its last column made anew."""
    return "".join(_row_with_tests(line, proved) for line in text.splitlines(keepends=True))


def _row_with_tests(line: str, proved: dict[str, list[Proof]]) -> str:
    row = ROW.fullmatch(line.rstrip("\n"))
    return f"| {row['rule']} | {row['sentence']} | {_files(proved.get(row['rule'], []))} |\n" if row else line


def _files(found: list[Proof]) -> str:
    """The files of the tests: names of tests would change too often to be worth the reading."""
    return ", ".join(f"`{file}`" for file in dict.fromkeys(each.file for each in found))


def _marked_tests() -> Iterator[tuple[str, Proof]]:
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(file.read_text())
        of_module = [
            rule for node in tree.body if isinstance(node, ast.Assign) for rule in _rules_marked_in(node.value)
        ]
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name.lower().startswith("test"):
                rules = [rule for decorator in node.decorator_list for rule in _rules_marked_in(decorator)]
                sentence = node.name.removeprefix("test_").replace("_", " ")
                for rule in {*rules, *of_module}:
                    yield rule, Proof(str(file.relative_to(ROOT / "tests")), sentence)


def _rules_marked_in(expression: ast.expr) -> Iterator[str]:
    """The arguments of every `pytest.mark.rule(…)` in an expression."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "rule":
            for argument in node.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


def _stories() -> Iterator[tuple[str, Proof]]:
    for file in sorted((ROOT / "tests" / "scenarios").glob("*.yaml")):
        for story in yaml.safe_load_all(file.read_text()):
            for rule in story.get("rules", ()):
                yield rule, Proof(str(file.relative_to(ROOT / "tests")), story["title"])


if __name__ == "__main__":
    LIST.write_text(with_tests(LIST.read_text(), proofs()))
