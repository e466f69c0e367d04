"""banyan verify, as people and programs call it."""

import json

import pytest

from banyan.verification.checks import CHECKS
from tests.serving import RunningServer


@pytest.mark.rule("REL-C", "SYS-3")
def test_the_program_says_what_it_checked_and_found(server: RunningServer) -> None:
    done = server.program("verify", "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["holds"], len(answer["checks"])) == (0, True, len(CHECKS))
    assert {check["faults"] for check in answer["checks"]} == {0}
    table = server.program("verify").stdout
    assert ("REL-2" in table, f"{len(CHECKS)} checks of default: all hold" in table) == (True, True)
