"""Exports over the API: asked for, watched, fetched; or taken right away (IMP-2, API-6)."""

import pytest

from banyan.catalog.models import Product
from banyan.kernel.ids import decode_id
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.transfer.export_run import run_export
from banyan.transfer.models import Export
from tests.api.asking import Api

pytestmark = pytest.mark.rule("IMP-2", "API-6")


def asked(api: Api, **body: object) -> dict[str, object]:
    reply = api.ask("POST", "/exports", body)
    assert reply.status == 201, reply
    assert reply.location == f"/api/v1/exports/{reply.body['id']}"
    return dict(reply.body)


def done(api: Api, export: dict[str, object]) -> dict[str, object]:
    """The export after a worker did it."""
    run_export(decode_id("export", str(export["id"])) or 0)
    found = api.get(f"/exports/{export['id']}")
    assert isinstance(found, dict)
    return found


@pytest.fixture
def lamp(api: Api) -> str:
    Product.objects.create(code="L", name="=Lamp")
    return "L"


def test_an_export_is_asked_for_watched_and_fetched(api: Api, lamp: str):
    waiting = asked(api, kind="products")
    assert (waiting["status"], waiting["rows"]) == ("waiting", 0)
    assert waiting["asked_by"].startswith('key "Ada" (key_')
    assert waiting["progress"] == {"rows": 0, "rows_expected": 0, "trouble": None}
    early = api.refused("GET", f"/exports/{waiting['id']}/file", status=409)
    assert (early["rule"], early["errors"][0]["code"]) == ("IMP-2", "not_done")
    made = done(api, waiting)
    assert (made["status"], made["rows"], made["progress"], made["is_kept"]) == ("done", 1, None, True)
    csv = api.ask("GET", f"/exports/{waiting['id']}/file")
    assert csv.content_type.startswith("text/csv")
    assert csv.body.splitlines()[1].startswith("L,=Lamp")
    assert len(csv.body) == made["size"]
    assert [one["id"] for one in api.get("/exports?kind=products&status=done")["data"]] == [waiting["id"]]
    assert api.get("/exports?status=failed")["data"] == []
    Export.objects.update(forgotten=True)
    assert api.get(f"/exports/{waiting['id']}")["is_kept"] is False
    late = api.refused("GET", f"/exports/{waiting['id']}/file", status=409)
    assert late["errors"][0]["code"] == "forgotten"


def test_a_day_and_spreadsheets_are_asked_for_in_the_body(api: Api, lamp: str):
    of_day = done(api, asked(api, kind="relations", on="2026-01-01"))
    assert (of_day["on"], of_day["status"]) == ("2026-01-01", "done")
    harmless = asked(api, kind="products", for_spreadsheets=True)
    assert done(api, harmless)["for_spreadsheets"] is True
    assert api.ask("GET", f"/exports/{harmless['id']}/file").body.splitlines()[1].startswith("L,'=Lamp")


def test_an_export_that_waits_can_be_cancelled(api: Api):
    waiting = asked(api, kind="products")
    assert Api(create_api_key("Op", "operator")[1]).ask("POST", f"/exports/{waiting['id']}/cancel").status == 404
    reply = api.ask("POST", f"/exports/{waiting['id']}/cancel")
    assert (reply.status, reply.body["status"]) == (202, "cancelled")
    assert done(api, waiting)["status"] == "cancelled"
    again = api.refused("POST", f"/exports/{waiting['id']}/cancel", status=409)
    assert again["errors"][0]["code"] == "not_under_way"


@pytest.mark.rule("ERR-1")
def test_what_can_not_be_written_is_refused_at_once(api: Api):
    for body, field in (
        ({"kind": "produce"}, "kind"),
        ({"kind": "products", "on": "2026-01-01"}, "on"),
        ({}, "kind"),
        ({"kind": "usage", "colour": "red"}, "colour"),
    ):
        assert api.refused("POST", "/exports", body, status=422)["errors"][0]["field"] == field
    assert api.ask("GET", "/exports/exp_999").status == 404
    assert api.ask("GET", "/exports/exp_999/file").status == 404
    assert not Export.objects.exists()


@pytest.mark.rule("ERR-2")
def test_what_is_asked_for_twice_with_one_key_is_one_export(api: Api):
    once = {"Idempotency-Key": "k"}
    first, again = (api.ask("POST", "/exports", {"kind": "usage"}, once) for _ in range(2))
    assert first.body["id"] == again.body["id"]
    assert first.location == again.location == f"/api/v1/exports/{first.body['id']}"
    assert Export.objects.count() == 1


def test_a_kind_is_given_right_away_by_its_name(api: Api, lamp: str):
    csv = api.ask("GET", "/exports/products?for_spreadsheets=true")
    assert csv.content_type.startswith("text/csv")
    assert csv.body.splitlines()[1].startswith("L,'=Lamp")
    assert api.ask("GET", "/exports/products?on=2026-01-01").status == 422
    assert api.ask("GET", "/exports/relations?on=2026-01-01").status == 200
    assert api.ask("GET", "/exports/produce").status == 404
    made = asked(api, kind="products")
    wrong = api.refused("GET", f"/exports/{made['id']}?for_spreadsheets=true", status=422)
    assert wrong["errors"][0]["field"] == "for_spreadsheets"


@pytest.mark.rule("ORG-3")
def test_each_role_takes_out_what_it_may_and_sees_no_other_exports(api: Api):
    mine = done(api, asked(api, kind="products"))["id"]
    operator = Api(create_api_key("Op", "operator")[1])
    refused = operator.refused("POST", "/exports", {"kind": "products"}, status=403)
    assert (refused["rule"], refused["errors"][0]["field"]) == ("ORG-3", "kind")
    assert operator.ask("GET", "/exports/products").status == 403
    assert operator.ask("GET", "/exports/usage").status == 200
    for path in (f"/exports/{mine}", f"/exports/{mine}/file"):
        assert operator.ask("GET", path).status == 404
    theirs = asked(operator, kind="usage")["id"]
    assert [one["id"] for one in operator.get("/exports")["data"]] == [theirs]
    north = api.make("/organizations", {"name": "North", "code": "N"})["id"]
    part = Api(create_api_key("North", "administrator", [decode_id("organization", north) or 0])[1])
    reader = Api(create_api_key("Reader", "viewer")[1])
    for method, path in (
        ("GET", "/exports"),
        ("GET", f"/exports/{theirs}"),
        ("GET", f"/exports/{theirs}/file"),
        ("GET", "/exports/usage"),
        ("POST", "/exports"),
    ):
        for key in (part, reader):
            assert key.ask(method, path, {"kind": "usage"} if method == "POST" else None).status == 403, path


@pytest.mark.rule("ORG-3")
def test_a_key_that_was_revoked_meanwhile_gets_nothing(api: Api):
    row, key = create_api_key("Shop")
    waiting = asked(Api(key), kind="products")
    api.ask("DELETE", f"/api-keys/key_{row.pk}")
    found = done(api, waiting)
    assert (found["status"], found["failure"]) == ("refused", "the key Shop was revoked")
