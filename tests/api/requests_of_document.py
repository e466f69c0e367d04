"""Requests made up from the OpenAPI document, with ids of things that exist."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from banyan.kernel.ids import PREFIXES

METHODS = ("get", "post", "put", "patch", "delete")
FILE = "notes"
"""Of the kinds of files, which take roles of their own, one that takes the least."""

PREFIX_OF = {**PREFIXES, "usage_event": "evt"}
"""Events have the ids that they were sent with; the document's example of one tells that it is."""
KINDS = {prefix: kind for kind, prefix in PREFIX_OF.items()}


@dataclass(frozen=True, slots=True)
class Operation:
    """A method at an address."""

    method: str
    path: str
    about: Mapping[str, Any]
    schemas: Mapping[str, Any]

    def kinds_in_path(self) -> list[str]:
        """The kinds of ids in the address."""
        schemas = [one["schema"] for one in self.about["parameters"] if one["in"] == "path"]
        return [kind_of(schema.get("anyOf", [schema])[0]) for schema in schemas if "enum" not in schema]

    def filters(self) -> Iterator[tuple[str, str]]:
        """The parameters of the query that take an id: name and kind."""
        for one in self.about["parameters"]:
            for schema in (one["schema"], *one["schema"].get("anyOf", ())):
                if one["in"] == "query" and schema.get("examples") and (kind := kind_or_none(schema)):
                    yield one["name"], kind

    def required_parameters(self, ids: Mapping[str, str]) -> str:
        """The query with what it can't be without."""
        needed = [one for one in self.about["parameters"] if one["in"] == "query" and one.get("required")]
        return "&".join(f"{one['name']}={value_of(one['schema'], self.schemas, ids, False)}" for one in needed)

    def address(self, ids: Mapping[str, str]) -> str:
        """The path below /api/v1, with these ids by kind."""
        path = self.path.removeprefix("/api/v1")
        for one in self.about["parameters"]:
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", str(value_of(one["schema"], self.schemas, ids, False)))
        required = self.required_parameters(ids)
        return f"{path}?{required}" if required else path

    def body(self, ids: Mapping[str, str], whole: bool) -> Any:
        """A body of the right form, with every field or with what is required."""
        content = self.about.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        return value_of(content["application/json"]["schema"], self.schemas, ids, whole)


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Everything that the API can do."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield Operation(method.upper(), path, methods[method], document["components"]["schemas"])


def kind_of(schema: Mapping[str, Any]) -> str:
    """The kind of an id, by its example."""
    kind = kind_or_none(schema)
    assert kind is not None, schema
    return kind


def kind_or_none(schema: Mapping[str, Any]) -> str | None:
    example = str((schema.get("examples") or [""])[0])
    return KINDS.get(example.removesuffix("_12")) if example.endswith("_12") else None


def value_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], ids: Mapping[str, str], whole: bool) -> Any:
    """A value of the form that a schema asks for; `whole`: with all fields, not only those that are required."""
    if "$ref" in schema:
        return value_of(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, ids, whole)
    for either in ("anyOf", "allOf", "oneOf"):
        if either in schema:
            return value_of(schema[either][0], schemas, ids, whole)
    if kind := kind_or_none(schema):
        return ids.get(kind, schema["examples"][0])
    if "enum" in schema:
        return FILE if FILE in schema["enum"] else schema["enum"][0]
    if schema.get("examples"):
        return schema["examples"][0]
    return _value_of_type(schema, schemas, ids, whole)


def _value_of_type(schema: Mapping[str, Any], schemas: Mapping[str, Any], ids: Mapping[str, str], whole: bool) -> Any:
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            names = properties if whole else schema.get("required", ())
            return {name: value_of(properties[name], schemas, ids, whole) for name in names}
        case "array":
            return [value_of(schema["items"], schemas, ids, whole)] if "items" in schema else []
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
        case "string":
            text = "2026-01-05T10:00:00Z" if schema.get("format") == "date-time" else "made up"
            return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 100)]
        case _:
            return None
