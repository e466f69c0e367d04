"""Who may import and refer to whom."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]


def layers() -> dict[str, int]:
    """The layer of each package, 0 for the lowest, as pyproject.toml declares them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    listed = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {name.strip(): number for number, line in enumerate(reversed(listed)) for name in line.split("|")}


def package_of(model: type[models.Model]) -> str:
    return model.__module__.split(".")[1]


def test_imports_keep_to_the_layers_and_the_engine_is_pure():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_foreign_keys_go_the_way_of_the_imports():
    layer = layers()
    ours = [model for model in apps.get_models() if model.__module__.startswith("banyan.")]
    assert len(ours) > 20
    wrong = [
        f"{model.__name__}.{field.name} -> {field.related_model.__name__}"
        for model in ours
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model.__module__.startswith("banyan.")
        and (there := package_of(field.related_model)) != (here := package_of(model))
        and layer[there] >= layer[here]
    ]  # fmt: skip
    assert wrong == []


@pytest.mark.rule("SCA-2")
def test_no_foreign_key_of_a_tenant_refers_to_what_tenants_share():
    shared = {"tenants", "procrastinate", "contenttypes"}
    wrong = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label not in shared
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model._meta.app_label in shared
    ]
    assert wrong == []


def test_no_function_imports():
    wrong = [
        f"{source.relative_to(ROOT)}:{inner.lineno}"
        for source in sorted((ROOT / "src" / "banyan").rglob("*.py"))
        for outer in ast.walk(ast.parse(source.read_text()))
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []


def test_every_package_with_tables_says_what_it_owns():
    packages = {path.parent for path in (ROOT / "src" / "banyan").glob("*/models.py")}
    assert [package.name for package in packages if not (package / "README.md").exists()] == []


@pytest.mark.rule("REL-E")
def test_the_second_opinion_imports_nothing_of_what_it_checks():
    """More than its contract says: nothing but the kernel and itself."""
    allowed = {"kernel", "verification"}
    folder = ROOT / "src" / "banyan" / "verification" / "second_opinion"
    imported = {
        (file.name, node.module)
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("banyan.")
    }
    assert imported
    outside = {(file, name) for file, name in imported if name.split(".")[1] not in allowed}
    assert not outside
    of_verification = {name for _, name in imported if name.startswith("banyan.verification")}
    assert all(name.startswith("banyan.verification.second_opinion.") for name in of_verification)
