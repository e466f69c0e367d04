"""A server that has little patience, so that tests need little."""

from collections.abc import Iterator

import pytest

from banyan.foundation.embedded import EmbeddedServer
from tests.fixtures import SPEED_BEFORE_SAFETY
from tests.serving import RunningServer, serving

LIMITS = {
    "BANYAN_HEADER_SECONDS": "3",
    "BANYAN_BODY_SECONDS": "4",
    "BANYAN_ANSWER_SECONDS": "3",
    "BANYAN_READ_SECONDS": "2",
    "BANYAN_WRITE_SECONDS": "20",
    "BANYAN_LOCK_SECONDS": "4",
    "BANYAN_REQUESTS_OF_A_CLIENT": "40",
    "BANYAN_UPLOAD_LIMIT": "1",
}


@pytest.fixture(scope="package")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A running server with short limits, and a database of its own."""
    folder = tmp_path_factory.mktemp("hurried") / "data"
    database = EmbeddedServer(folder, SPEED_BEFORE_SAFETY)
    database.use()
    with serving(folder, **LIMITS) as running:
        assert running.call("GET", "/settings").status == 200
        yield running
    database.leave()
