"""What a browser sends of a form that nobody touches."""

from html.parser import HTMLParser

from django.http import HttpResponse


class _Form(HTMLParser):
    """The controls of the forms of a page that would be sent, but for buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._name: str | None = None
        self._offered: list[tuple[str, bool]] = []
        self._text: str | None = None
        self._within = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._within += tag == "template"
        if self._within or "disabled" in given:
            return
        if tag == "input" and given.get("name") and given.get("type") not in ("submit", "button", "file"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._send(given["name"], given.get("value", "on" if given.get("type") == "checkbox" else ""))
        elif tag in ("select", "textarea") and given.get("name"):
            self._name, self._offered, self._text = given["name"], [], "" if tag == "textarea" else None
        elif tag == "option" and self._name:
            self._offered.append((given.get("value", ""), "selected" in given))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        self._within -= tag == "template"
        if tag == "textarea" and self._name and self._text is not None:
            self._send(self._name, self._text.removeprefix("\n").replace("\n", "\r\n"))
            self._name = self._text = None
        if tag == "select" and self._name:
            chosen = [value for value, is_chosen in self._offered if is_chosen]
            for value in chosen or [value for value, _ in self._offered[:1]]:
                self._send(self._name, value)
            self._name = None

    def _send(self, name: str, value: str) -> None:
        self.sent.setdefault(name, []).append(value)


def untouched(answer: HttpResponse) -> dict[str, list[str]]:
    """By name; what is searched by the frame of every page is left out."""
    form = _Form()
    form.feed(answer.content.decode())
    form.close()
    return {name: values for name, values in form.sent.items() if name not in ("csrfmiddlewaretoken", "q", "chosen")}
