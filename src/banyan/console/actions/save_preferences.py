"""Keep what a user prefers."""

from banyan.console.localized import is_locale
from banyan.console.models import Preferences, Theme
from banyan.kernel.refusals import Problems


def save_preferences(user_id: int, theme: str, locale: str | None) -> None:
    """Keep theme and locale. Refused: what is neither a theme nor a locale."""
    problems = Problems()
    if theme not in Theme.values:
        problems.add("theme", "unknown", f"{theme[:40]!r} is not a theme; it must be one of {', '.join(Theme.values)}.")
    if locale is not None and not is_locale(locale):
        problems.add("locale", "unknown", f"{locale[:40]!r} is not a locale such as en_GB or de.")
    problems.raise_if_any()
    Preferences.objects.update_or_create(user_id=user_id, defaults={"theme": theme, "locale": locale})
