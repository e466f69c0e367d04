"""What the OpenAPI document promises to those who write clients: names that stay, tags, and no complaint of linters."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from banyan.api.operations import VERBS, summary_of
from banyan.api.router import api as the_api
from tests.api.linters import FOLDER as LINTERS

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "reference" / "operations.md"


@pytest.fixture(scope="module")
def document() -> Any:
    """The document, as a client gets it."""
    return json.loads(json.dumps(the_api.get_openapi_schema(path_prefix="/api/v1")))


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Every operation with its method and address."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def listed(document: Any) -> str:
    """The rows of docs/reference/operations.md."""
    rows = sorted(
        (operation["tags"][0], path, method, operation["operationId"])
        for method, path, operation in operations(document)
    )
    return "".join(
        f"| `{name}` | `{method} {path.removeprefix('/api/v1')}` | {tag} |\n" for tag, path, method, name in rows
    )


@pytest.mark.rule("API-8")
def test_every_operation_is_a_verb_and_a_noun_of_its_own(document: Any):
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert [name for name in names if name.partition("_")[0] not in VERBS or not name.partition("_")[2]] == []
    assert {"list_accounts", "create_account", "get_account", "update_account", "delete_account"} <= set(names)
    assert summary_of("list_api_keys") == "List API keys"


@pytest.mark.rule("API-8")
def test_operations_keep_their_names(document: Any):
    """A name is in the code of clients. A new operation is added to the list; a name in it is never changed."""
    if os.environ.get("BANYAN_WRITE_OPERATIONS"):
        head, rule, _ = LIST.read_text().partition("| --- | --- | --- |\n")
        LIST.write_text(head + rule + listed(document))
    assert LIST.read_text().partition("| --- | --- | --- |\n")[2] == listed(document)


@pytest.mark.rule("API-8")
def test_every_tag_says_in_a_sentence_what_it_is_about(document: Any):
    told = {tag["name"]: tag["description"] for tag in document["tags"]}
    used = {tag for _, _, operation in operations(document) for tag in operation["tags"]}
    assert used == told.keys()
    assert [name for name, sentence in told.items() if len(sentence) < 20 or not sentence.endswith(".")] == []


@pytest.mark.rule("API-8")
@pytest.mark.parametrize(
    "linter",
    [
        ("@redocly/cli/bin/cli.js", "lint", "--format=stylish"),
        ("@stoplight/spectral-cli/dist/index.js", "lint", "--quiet", "--ruleset=spectral.yaml"),
    ],
    ids=["redocly", "spectral"],
)
def test_linters_find_no_error(document: Any, linter: tuple[str, ...], tmp_path: Path):
    """By the rules that redocly and spectral recommend."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    script, *arguments = linter
    run = [sys.executable, str(ROOT / "frontend" / "run.py"), "node", str(LINTERS / "node_modules" / script)]
    silent = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    rules = [each.replace("spectral.yaml", str(LINTERS / "spectral.yaml")) for each in arguments]
    found = subprocess.run([*run, *rules, str(file)], capture_output=True, text=True, env={**os.environ, **silent})
    assert found.returncode == 0, found.stdout + found.stderr
    broken = json.loads(file.read_text())
    del broken["paths"]["/api/v1/accounts"]["get"]["responses"]["200"]["description"]
    file.write_text(json.dumps(broken))
    again = subprocess.run([*run, *rules, str(file)], capture_output=True, text=True, env={**os.environ, **silent})
    assert again.returncode != 0, "the linter does not look"
