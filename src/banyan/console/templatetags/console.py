"""What every template may use without loading it: icons, money and days, badges, the menu, addresses."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from banyan.console import localized
from banyan.console.access import may, may_with
from banyan.console.assets import address_of, icon_address
from banyan.console.menu import menu_of
from banyan.kernel import calendar
from banyan.kernel.calendar import Period
from banyan.kernel.ids import encode_id

register = template.Library()

COLOURS = {
    "active": "green",
    "suspended": "amber",
    "pending_collection": "orange",
    "inactive": "grey",
    "open": "blue",
    "overdue": "red",
    "written_off": "grey",
    "simulated": "violet",
    "paid": "green",
    "void": "grey",
    "draft": "grey",
    "cancelled": "grey",
    "pending": "blue",
    "queued": "grey",
    "running": "blue",
    "awaiting_approval": "amber",
    "completed": "green",
    "completed_with_errors": "amber",
    "failed": "red",
    "discarded": "grey",
    "reversed": "grey",
    "expiring": "amber",
    "ended": "grey",
    "terminated": "grey",
    "responsible": "blue",
    "managed": "violet",
    "revoked": "grey",
    "new": "green",
}
"""The colour of each status; what isn't here is grey."""


NOTHING = mark_safe('<span class="nothing">–</span>')


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file, such as `console.js`."""
    return address_of(name)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of `frontend/icons.txt`; with a label where it stands without words."""
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, icon_address(name)
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', icon_address(name))


@register.simple_tag
def badge(status: str, text: str = "") -> SafeString:
    """A status in its colour: `{% badge account.status account.get_status_display %}`."""
    words = text or str(status).replace("_", " ").title()
    return format_html('<span class="status-badge is-{}">{}</span>', COLOURS.get(str(status), "grey"), words)


@register.simple_tag
def money(amount: Decimal | None, currency: str) -> SafeString:
    """An amount with its currency: `{% money invoice.total invoice.currency %}`."""
    if amount is None:
        return NOTHING
    kind = "money is-negative" if amount < 0 else "money"
    return format_html('<span class="{}">{}</span>', kind, localized.money(amount, currency))


@register.filter
def number(value: Decimal | int | None) -> str:
    """A quantity."""
    return "" if value is None else localized.number(value)


@register.filter
def negative(amount: Decimal) -> Decimal:
    """What is taken off."""
    return -amount


@register.filter
def words(code: object) -> str:
    """A code such as `in_advance` as words."""
    return str(code).replace("_", " ").capitalize()


@register.filter
def in_code(text: str) -> SafeString:
    """A text whose parts between backticks are code."""
    parts = conditional_escape(text).split("`")
    return mark_safe("".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)))


@register.filter
def decimal(text: str) -> Decimal:
    """A decimal number that is kept as a text."""
    return Decimal(text)


@register.filter
def duration(value: timedelta | None) -> str:
    """A length of time: `5 minutes`."""
    return "" if value is None else localized.duration(value)


@register.filter
def day(value: date | None) -> str:
    """A day."""
    return "" if value is None else localized.day(value)


@register.filter
def last_day(period: Period) -> date:
    """DAT-1: the last day of a period; of one without days, such as that of a one-time charge, its day."""
    return max(period.start, calendar.last_day(period.end))


@register.filter
def day_before(value: date | None) -> date | None:
    """DAT-1: the last day of what ends before a day; nothing for what has no end."""
    return calendar.last_day(value)


@register.filter
def sentence(text: str) -> str:
    """A sentence of a package below, its days as pages write them."""
    return localized.sentence(text)


@register.filter
def language(code: str) -> str:
    """A language by its code."""
    return localized.language(code)


@register.filter
def moment(value: datetime | None) -> str:
    """A moment, in the time zone of who reads it (DAT-2)."""
    return "" if value is None else localized.moment(value)


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    """What stands under a key that is itself a value: `{{ names|get:line.account_id }}`."""
    return mapping.get(key)


@register.filter
def public_id(row: Any, kind: str) -> str:
    """The id that the API gives the row: `{{ account|public_id:"account" }}`."""
    return encode_id(kind, row.pk)


@register.simple_tag
def allowed(takes: str, row: Any = None) -> bool:
    """Whether the visitor may: `{% allowed "POST bill-runs" as may_start %}`, with a row: there, where it lies."""
    return may(takes) if row is None else may_with(takes, row)


@register.simple_tag(takes_context=True)
def menu(context: template.Context) -> list[dict[str, object]]:
    """The menu as the visitor may see it."""
    request: HttpRequest = context["request"]
    return menu_of(request) if hasattr(request, "preferences") else []


@register.simple_tag(takes_context=True)
def address_with(context: template.Context, **changes: object) -> str:
    """The address of this page with other values behind the question mark: `{% address_with page=2 %}`."""
    parameters = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}" if parameters else context["request"].path
