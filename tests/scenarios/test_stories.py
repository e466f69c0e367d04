"""Every story of this folder, told to a real server with a real worker."""

from pathlib import Path

import pytest

from tests.scenarios.story import Story, difference, stories, tell
from tests.serving import RunningServer

STORIES = [
    pytest.param(story, id=story.title, marks=pytest.mark.rule(*story.rules))
    for story in stories(Path(__file__).parent)
]


@pytest.mark.parametrize("story", STORIES)
def test_it_goes_as_told(story: Story, server: RunningServer):
    tell(story, server)


@pytest.mark.parametrize(
    ("expected", "actual", "differs"),
    [
        ({"total": "10.00"}, {"total": "10", "more": 1}, False),
        ({"total": "10.00"}, {"total": "10.01"}, True),
        ([{"a": 1}], [{"a": 1}, {"a": 2}], True),
        ([{"a": 2}, {"a": 1}], [{"a": 1}, {"a": 2}], False),
        ({"a": None}, {"a": None}, False),
        ({"a": True}, {"a": 1}, False),
        ({"a": None}, {}, True),
    ],
)
def test_an_answer_is_compared_by_its_parts(expected: object, actual: object, differs: bool):
    assert (difference(expected, actual) is not None) is differs
