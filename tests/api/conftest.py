"""What tests of the API ask for."""

import pytest

from banyan.organizations.actions.create_api_key import create_api_key
from tests.api.asking import Api


@pytest.fixture
def api(tenant: str) -> Api:
    """The API with the key of an administrator called Ada."""
    _, key = create_api_key("Ada")
    return Api(key)
