"""A browser in front of the demo, served by `banyan serve`."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Browser, Page, Request, Response, StorageState, sync_playwright

from banyan.foundation.embedded import EmbeddedServer
from tests.browser.pages import Demo
from tests.browser.shop import Shop, open_shop
from tests.fixtures import SPEED_BEFORE_SAFETY
from tests.serving import RunningServer, serving

DANA = "dana@arborcloud.example"
REFUSED = re.compile(r"status of (409|422)")
"""What a browser says of a form that was refused, as it should be."""
GIVEN_UP = re.compile(r"htmx:(afterRequest|sendAbort), ")
"""What HTMX says of a question that a later one took the place of; of one that failed it says htmx:sendError too."""
ANSWERS_ITSELF = ("new_api_key", "make_sign_in_link", "propose_number")
"""What is answered with what was made instead of leading elsewhere."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


_FAILED = pytest.StashKey[bool]()
"""Whether the test itself has failed, for what looks at the end whether all was well."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser, a server and its workers share few processors: what fails is tried once more, and told at the end."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep whether the test failed."""
    report = yield
    item.stash[_FAILED] = report.failed
    return report


@pytest.fixture(scope="package")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The demo, billed and served; BANYAN_DEMO_FOLDER names a folder to keep it in from one run to the next."""
    kept = os.environ.get("BANYAN_DEMO_FOLDER")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("demo") / "data"
    database = EmbeddedServer(folder, SPEED_BEFORE_SAFETY)
    database.use()
    variables = {**os.environ, "BANYAN_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "banyan.cli", "demo", "--no-serve"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    with serving(folder) as running:
        yield running
    database.leave()


@pytest.fixture(scope="package")
def demo(demo_server: RunningServer) -> Demo:
    """What is in the demo, as the API knows it."""
    made = demo_server.program("apikey", "create", "browser", "--tenant", "demo", "--json")
    return Demo(demo_server, json.loads(made.stdout)["key"])


@pytest.fixture(scope="package")
def shop(demo: Demo) -> Shop:
    """Customers, accounts and a subscription that nobody else looks at, to be changed by tests."""
    return open_shop(demo)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The installed Chromium."""
    program = os.environ.get("BANYAN_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    assert program, "No Chromium is installed: `apt-get install chromium`, or name one with BANYAN_CHROMIUM"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def signed_in(browser: Browser, demo_server: RunningServer) -> StorageState:
    """What a browser keeps of somebody who signed in by a link."""
    context = browser.new_context(base_url=demo_server.url)
    link = demo_server.program("user", "sign-in-link", DANA, "--tenant", "demo", "--url", demo_server.url, "--json")
    context.new_page().goto(json.loads(link.stdout)["address"])
    state = context.storage_state()
    context.close()
    return state


class Visit:
    """A page in a browser, and what the browser had to say about it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.sent: list[tuple[str, bool]] = []
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._note_what_was_sent)
        page.on("request", self._note_address)

    def open(self, address: str) -> Response:
        """Open an address and wait until the page's script has run."""
        answer = self.page.goto(address)
        self.page.wait_for_selector("html[data-ready]", state="attached")
        assert answer is not None
        return answer

    def look(self, width: int, theme: str) -> None:
        """Look at it in a window of that width (pixels) and in that theme."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]

    def refused(self) -> set[str]:
        """The pages, as urls.py names them, that refused what was sent to them."""
        return {name for name, was_refused in self.sent if was_refused}

    def carried_out(self) -> set[str]:
        """The pages that did what was sent to them."""
        return {name for name, was_refused in self.sent if not was_refused}

    def _note_what_was_sent(self, answer: Response) -> None:
        if answer.request.method != "POST":
            return
        name = str(resolve(urlsplit(answer.url).path, "banyan.console.urls").url_name)
        if answer.status >= 400:
            self.sent.append((name, True))
        elif answer.status == 302 or "hx-redirect" in answer.headers or name in ANSWERS_ITSELF:
            self.sent.append((name, False))

    def _note_address(self, request: Request) -> None:
        """What a form holds for its own sending stands in no address."""
        if "csrfmiddlewaretoken" in request.url or "as_opened" in request.url:
            self.complaints.append(f"an address with a secret of a form: {request.url}")

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not (REFUSED.search(text) or GIVEN_UP.search(text)):
            self.complaints.append(f"{kind}: {text}")


def _visit(browser: Browser, url: str, state: StorageState | None, request: pytest.FixtureRequest) -> Iterator[Visit]:
    context = browser.new_context(base_url=url, storage_state=state, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    visit = Visit(context.new_page())
    yield visit
    context.close()
    if request.node.stash[_FAILED]:
        print("The browser's complaints:", *visit.complaints, sep="\n")
        return
    assert visit.complaints == []
    for marked in request.node.iter_markers("uses"):
        assert set(marked.args) <= visit.carried_out(), "the test does not do what its mark says"
        assert set(marked.kwargs.get("wrongly", ())) <= visit.refused(), "nothing was filled in wrongly"


@pytest.fixture
def visit(
    browser: Browser, demo_server: RunningServer, signed_in: StorageState, request: pytest.FixtureRequest
) -> Iterator[Visit]:
    """A browser whose user is signed in; at the end it has nothing to complain about, and `uses` is true."""
    yield from _visit(browser, demo_server.url, signed_in, request)


@pytest.fixture
def visit_of_nobody(browser: Browser, demo_server: RunningServer, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A browser that nobody signed in with."""
    yield from _visit(browser, demo_server.url, None, request)
