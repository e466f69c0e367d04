"""What is answered where no answer comes from the application, or none in time."""

from django.http import HttpResponse

from banyan.api import problems
from banyan.console import failures
from banyan.foundation.troubles import Trouble
from banyan.web.tenant_of_request import API


def troubled(path: str, trouble: Trouble) -> HttpResponse:
    """A problem to clients of the API (API-3), else a page; neither needs a database."""
    return problems.troubled(trouble) if path.startswith(API) else failures.troubled(trouble)
