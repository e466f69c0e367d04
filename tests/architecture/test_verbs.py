"""What can be done is done by one public verb each, which console, API, command line and imports share."""

import ast
from collections import Counter
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src" / "banyan"
PACKAGES_THAT_ASK = ("api", "cli", "console", "transfer", "verification", "web")


def actions() -> list[Path]:
    return sorted(path for path in SOURCES.rglob("actions/*.py") if path.name != "__init__.py")


def public_functions(path: Path) -> list[str]:
    return [
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def test_no_two_actions_share_a_file_name():
    stems = Counter(path.stem for path in actions())
    assert [stem for stem, count in stems.items() if count > 1] == []


def test_no_two_actions_share_a_verb():
    verbs = Counter(name for path in actions() for name in public_functions(path))
    assert len(verbs) > 100
    assert [verb for verb, count in verbs.items() if count > 1] == []


def test_no_function_outside_of_actions_has_the_name_of_a_verb_of_another_package():
    """A page or an address may be called like the verb that it calls; what writes beside the verb may not."""
    home = {name: path.relative_to(SOURCES).parts[0] for path in actions() for name in public_functions(path)}
    wrong = [
        f"{path.relative_to(SOURCES)}: {name}"
        for path in sorted(SOURCES.rglob("*.py"))
        if path.parent.name != "actions" and path.relative_to(SOURCES).parts[0] not in PACKAGES_THAT_ASK
        for name in public_functions(path)
        if name in home and home[name] != path.relative_to(SOURCES).parts[0]
    ]
    assert wrong == []


def test_every_verb_about_customers_accounts_and_settings_is_in_one_package():
    """Lists that an account chooses from are no accounts (docs/decisions/0037)."""
    lists = {"create_account_category", "save_account_type"}
    nouns = {"customer", "customers", "account", "accounts", "settings"}
    about = [path for path in actions() if nouns & set(path.stem.split("_")) and path.stem not in lists]
    assert len(about) >= 15
    assert [f"{path.relative_to(SOURCES)}" for path in about if path.parts[-3] != "customers"] == []


def test_every_verb_has_a_caller():
    trees = {path: ast.parse(path.read_text()) for path in SOURCES.rglob("*.py")}
    named = Counter(
        node.id if isinstance(node, ast.Name) else node.attr
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
    )
    assert [f"{path.stem}.{name}" for path in actions() for name in public_functions(path) if not named[name]] == []


def test_no_two_forms_of_the_api_share_a_name():
    """In the OpenAPI document one would stand for both."""
    forms = Counter(
        node.name
        for path in sorted((SOURCES / "api").rglob("*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
    )
    assert [form for form, count in forms.items() if count > 1] == []
