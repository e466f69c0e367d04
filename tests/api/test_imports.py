"""CSV files over the API: sent, tried, imported, and taken out (IMP-1, IMP-2, API-6)."""

import pytest

from banyan.catalog.models import Product
from banyan.kernel.ids import decode_id
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.transfer import run
from banyan.transfer.kinds import KINDS
from banyan.transfer.models import Import
from tests.api.asking import Api

pytestmark = pytest.mark.rule("IMP-1", "API-6")
GOOD, BAD = "code,name\nA,Alpha\nB,Beta\n", "code,name\nA,Alpha\nB\n"


def done(api: Api, sent: dict[str, object]) -> dict[str, object]:
    """The import after a worker did it."""
    run.run_import(decode_id("import", str(sent["id"])) or 0)
    found = api.get(f"/imports/{sent['id']}")
    assert isinstance(found, dict)
    return found


def sent(api: Api, text: str, **options: str) -> dict[str, object]:
    query = "&".join(f"{name}={value}" for name, value in {"kind": "products", **options}.items())
    reply = api.send(f"/imports?{query}", text)
    assert reply.status == 202, reply
    return dict(reply.body)


def test_a_file_is_tried_and_then_imported(api: Api):
    waiting = sent(api, GOOD, dry_run="true", file="mine.csv")
    assert waiting["status"] == "waiting"
    assert waiting["progress"] == {"rows": 0, "bytes_total": len(GOOD), "bytes_read": 0, "trouble": None}
    checked = done(api, waiting)
    assert (checked["status"], checked["imported"], checked["progress"]) == ("checked", 2, None)
    assert Product.objects.count() == 0
    real = done(api, api.ask("POST", f"/imports/{waiting['id']}/import").body)
    assert (real["status"], real["dry_run"], real["imported"]) == ("done", False, 2)
    assert real["run_by"].startswith('key "Ada" (key_')
    assert Product.objects.count() == 2
    again = api.refused("POST", f"/imports/{waiting['id']}/import", status=409)
    assert (again["rule"], again["errors"][0]["code"]) == ("IMP-1", "not_checked")
    assert [one["file"] for one in api.get("/imports?status=done&kind=products")["data"]] == ["mine.csv"]
    assert api.get("/imports?dry_run=true")["data"] == []


def test_problems_are_told_and_can_be_fetched_as_csv(api: Api):
    found = done(api, sent(api, BAD, all_or_nothing="true"))
    assert (found["status"], found["rows"], found["imported"], found["problem_count"]) == ("refused", 2, 0, 1)
    assert found["problems"] == [
        {
            "line": 3,
            "field": "",
            "value": "1",
            "code": "wrong_number_of_cells",
            "message": "the row has 1 cells, the header names 2 columns",
            "rule": "IMP-1",
        }
    ]
    csv = api.ask("GET", f"/imports/{found['id']}/problems")
    assert csv.content_type.startswith("text/csv")
    assert csv.body.splitlines()[1].startswith("3,,1,wrong_number_of_cells,")


@pytest.mark.rule("ERR-1")
def test_a_file_with_wrong_columns_is_refused_at_once_with_all_that_is_wrong(api: Api):
    reply = api.send("/imports?kind=products", "name,colour\nAlpha,red\n")
    assert reply.status == 422
    assert {(one["field"], one["code"]) for one in reply.body["errors"]} == {
        ("colour", "unknown_column"),
        ("code", "missing_column"),
    }
    assert api.send("/imports?kind=products", "\n").body["errors"][0]["code"] == "empty_file"
    assert api.ask("POST", "/imports?kind=products", {"code": "A"}).body["errors"][0]["field"] == "Content-Type"
    assert api.send("/imports?kind=produce", GOOD).body["errors"][0]["field"] == "kind"
    assert api.send("/imports", GOOD).body["errors"][0]["field"] == "kind"
    assert not Import.objects.exists()


@pytest.mark.rule("ERR-2")
def test_a_file_that_is_sent_twice_with_one_key_is_one_import(api: Api):
    once = {"Idempotency-Key": "k"}
    first = api.send("/imports?kind=products", GOOD, once)
    assert api.send("/imports?kind=products", GOOD, once).body["id"] == first.body["id"]
    assert api.send("/imports?kind=products", BAD, once).status == 409
    assert Import.objects.count() == 1


@pytest.mark.rule("ERR-1", "API-3")
def test_a_body_that_is_too_large_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BANYAN_UPLOAD_LIMIT", "1")
    little = api.send("/imports?kind=products", "x" * (1 << 20) + GOOD)
    assert (little.status, little.body["errors"][0]["code"]) == (422, "too_large")
    much = api.send("/imports?kind=products", "x" * (2 << 20) + GOOD)
    assert (much.status, much.body["detail"]) == (413, "The body is larger than the 1 MiB that this server takes.")


@pytest.mark.rule("ORG-3")
def test_a_kind_takes_the_role_that_file_kinds_tells(api: Api):
    takes = {one["kind"]: one["takes"] for one in api.get("/file-kinds?limit=100")["data"]}
    assert takes.keys() == KINDS.keys()
    assert (takes["usage"], takes["relations"], takes["products"]) == ("operator", "manager", "administrator")
    operator = Api(create_api_key("Op", "operator")[1])
    assert operator.send("/imports?kind=usage", "id,account,meter,timestamp,quantity\n").status == 202
    refused = operator.send("/imports?kind=products", GOOD)
    assert (refused.status, refused.body["rule"], refused.body["errors"][0]["field"]) == (403, "ORG-3", "kind")
    checked = done(api, sent(api, GOOD, dry_run="true"))
    assert operator.ask("POST", f"/imports/{checked['id']}/import").status == 403
    assert Api(create_api_key("Reader", "viewer")[1]).ask("GET", "/imports").status == 403


@pytest.mark.rule("ORG-3")
def test_an_administrator_of_a_part_neither_brings_in_nor_takes_out(api: Api):
    north = api.make("/organizations", {"name": "North", "code": "N"})["id"]
    _, key = create_api_key("North", "administrator", [decode_id("organization", north) or 0])
    part = Api(key)
    mine = done(api, sent(api, BAD))["id"]
    assert part.send("/imports?kind=usage", "id\n").status == 403
    for method, path in (
        ("GET", "/imports"),
        ("GET", f"/imports/{mine}"),
        ("GET", f"/imports/{mine}/problems"),
        ("POST", f"/imports/{mine}/import"),
    ):
        assert part.ask(method, path).status == 403, path


@pytest.mark.rule("IMP-2")
def test_what_is_exported_can_be_imported(api: Api):
    sent_in = "code,name,tax_category,active\nA,Alpha,,true\n"
    done(api, sent(api, "code,name\nA,Alpha\n"))
    csv = api.ask("GET", "/exports/products")
    assert done(api, sent(api, csv.body, dry_run="true"))["rows"] == sent_in.count("\n") - 1


def test_a_file_that_waits_can_be_cancelled(api: Api):
    waiting = sent(api, GOOD)
    reply = api.ask("POST", f"/imports/{waiting['id']}/cancel")
    assert (reply.status, reply.body["status"], reply.body["progress"]) == (202, "cancelled", None)
    assert done(api, waiting)["status"] == "cancelled"
    assert Product.objects.count() == 0
    again = api.refused("POST", f"/imports/{waiting['id']}/cancel", status=409)
    assert again["errors"][0]["code"] == "not_under_way"
