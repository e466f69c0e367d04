"""The pages of a declared resource: list, new, one row, edit, delete."""

from collections.abc import Callable, Sequence
from typing import Any

import django_tables2
from django.db.models import Model
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from banyan.console.confirming import asked
from banyan.console.edited import editing
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, View, done, page, show, text_in
from banyan.console.resources.resource import Resource, Values
from banyan.console.tables import ListTable


def pages_of(resource: Resource) -> list[URLPattern]:
    """The addresses of its pages: `new` and `edit` open in the modal frame as well."""
    at, row = resource.path, f"{resource.path}/<{resource.kind}:{resource.kind}>"
    found = [path(at, _list(resource), name=resource.list_page)]
    if resource.form and resource.create:
        found.append(path(f"{at}/new", _new(resource, resource.form, resource.create), name=f"new_{resource.kind}"))
    form_to_change = resource.form_to_change or resource.form
    if form_to_change and resource.change:
        found.append(
            path(f"{row}/edit", _edit(resource, form_to_change, resource.change), name=f"edit_{resource.kind}")
        )
    if resource.delete:
        found.append(path(f"{row}/delete", _delete(resource, resource.delete), name=f"delete_{resource.kind}"))
    if resource.shown_by:
        found.append(path(row, _one(resource), name=resource.kind))
    return found


def _list(resource: Resource) -> View:
    @page(f"GET {resource.api}")
    def list_of_rows(request: PageRequest) -> HttpResponse:
        filters = resource.filters(request.GET) if resource.filters else None
        asked = {**(filters.asked() if filters else {}), "q": text_in(request, "q")}
        context = {
            "resource": resource,
            "filters": filters,
            "q": asked["q"],
            "is_filtered": any(asked.values()),
            "may_add": resource.may("new"),
            "new": reverse(f"new_{resource.kind}") if resource.create or resource.own_page else "",
            "table": table_of(resource, request, resource.rows(asked)),
            "tabs": [(reverse(name), text, name == resource.list_page) for name, text in resource.tabs],
        }
        return show(request, "resources/list.html", context)

    return list_of_rows


def table_of(resource: Resource, request: PageRequest, rows: Any, without: Sequence[str] = ()) -> ListTable:
    """A list of its rows; the first column leads to the row, the last one has what can be done with it."""
    columns = {name: column for name, column in resource.columns.items() if name not in without}
    first = next(iter(columns))
    if resource.shown_by or resource.may("edit"):
        columns[first] = _Link(resource, first)
    actions = [verb for verb in ("edit", "delete") if resource.may(verb)]
    if actions:
        columns["actions"] = _Actions(resource, actions)
    table = type("Rows", (ListTable,), {**columns, "caption": resource.many})
    return table(request, rows, sequence=list(columns))  # type: ignore[no-any-return]


class _Link(django_tables2.Column):
    """The first column as a link to the row, or to its form where it has no page of its own."""

    def __init__(self, resource: Resource, name: str) -> None:
        column = resource.columns[name]
        self._resource, self._column = resource, column
        super().__init__(
            verbose_name=column.verbose_name,
            accessor=column.accessor,
            order_by=column.order_by,
            orderable=column.orderable,
            default="–",
        )

    def render(self, value: object, record: Model) -> SafeString:
        """A link."""
        verb = "" if self._resource.shown_by else "edit"
        text = self._column.written(value, record)
        context = {"address": self._resource.address(verb, record), "text": text, "in_modal": bool(verb)}
        return render_to_string("console/resources/link.html", context)


class _Actions(django_tables2.Column):
    """What can be done with the row."""

    def __init__(self, resource: Resource, verbs: Sequence[str]) -> None:
        self._resource, self._verbs = resource, verbs
        super().__init__(
            verbose_name="",
            accessor="pk",
            orderable=False,
            attrs={"td": {"class": "actions"}, "th": {"class": "actions"}},
        )

    def render(self, record: Model) -> SafeString:
        """Buttons."""
        addresses = {verb: self._resource.address(verb, record) for verb in self._verbs}
        context = {**addresses, "called": self._resource.called(record), "resource": self._resource}
        return render_to_string("console/resources/actions.html", context)


def _new(resource: Resource, kind: type[ActionForm], create: Callable[[Values], Model]) -> View:
    @page(f"POST {resource.api}")
    def new(request: PageRequest) -> HttpResponse:
        form = kind(request.POST or None, initial=request.GET.dict())
        name = f"New {resource.one}"
        made: list[Model] = []
        if form.does(lambda: made.append(create(form.values()))):
            return done(request, f"{_capital(resource.named(made[0]))} is created.", _after(resource, made[0]))
        return _form(request, form, name, f"Create {resource.one}", resource)

    return new


def _edit(resource: Resource, kind: type[ActionForm], change: Callable[[int, Values], object]) -> View:
    @page(f"PATCH {resource.api}/*")
    def edit(request: PageRequest, **named: int) -> HttpResponse:
        edits = editing(request, resource.kind, named[resource.kind])
        row = _row(resource, named)
        filled = resource.filled(row) if resource.filled else _filled(row, kind)
        form = kind(request.POST or None, initial=filled, edits=edits)
        form.keep_held()
        if form.does(lambda: change(row.pk, form.changed_values())):
            return done(request, f"{_capital(resource.named(row))} is changed.", _after(resource, row))
        return _form(request, form, f"{resource.verb_to_change} {resource.named(row)}", "Save", resource)

    return edit


def _delete(resource: Resource, delete: Callable[[int], object]) -> View:
    @page(f"DELETE {resource.api}/*")
    def confirmed(request: PageRequest, **named: int) -> HttpResponse:
        row = _row(resource, named)
        context: dict[str, Any] = {
            "question": f"{resource.text_to_delete} {resource.named(row)}?",
            "says": resource.says_on_delete,
            "text": resource.text_to_delete,
            "danger": True,
            "back": reverse(resource.list_page),
        }
        did = "deleted" if resource.text_to_delete == "Delete" else "revoked"
        said = f"{_capital(resource.named(row))} is {did}."
        return asked(request, context, lambda: delete(row.pk), said, resource.list_page)

    return confirmed


def _one(resource: Resource) -> View:
    @page(f"GET {resource.api}/*")
    def one(request: PageRequest, **named: int) -> HttpResponse:
        row = _row(resource, named)
        context = {
            "row": row,
            "resource": resource,
            "crumbs": [(_capital(resource.many), reverse(resource.list_page))],
            "edit": resource.address("edit", row) if resource.may("edit") else "",
            "delete": resource.address("delete", row) if resource.may("delete") else "",
            **(resource.facts(row, request) if resource.facts else {}),
        }
        return show(request, resource.shown_by, context)

    return one


def _row(resource: Resource, named: dict[str, int]) -> Any:
    row = resource.rows({}).filter(pk=named[resource.kind]).first()
    if row is None:
        raise Http404
    return row


def _filled(row: Model, form: type[ActionForm]) -> dict[str, Any]:
    """What the form begins with: the row's columns, numbers of other rows, parts of what nests."""
    return {name: _value(row, name) for name in form.base_fields}


def _value(row: Model, name: str) -> Any:
    outer, _, inner = name.partition(".")
    if hasattr(row, f"{outer}_id"):
        number = getattr(row, f"{outer}_id")
        return "" if number is None else str(number)
    value = getattr(row, outer)
    return (value or {}).get(inner) if inner else value


def _form(request: PageRequest, form: ActionForm, name: str, text: str, resource: Resource) -> HttpResponse:
    context = {"name": name, "form": form, "text": text, "back": reverse(resource.list_page)}
    return show(request, "form.html", context, status=422 if form.errors else 200)


def _after(resource: Resource, row: Model) -> str:
    return resource.address("", row) if resource.shown_by else reverse(resource.list_page)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
