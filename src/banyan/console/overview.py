"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def overview(request: HttpRequest) -> HttpResponse:
    """What this tenant is and where to go from here; 404 when the host leads to no tenant."""
    if request.tenant is None:  # type: ignore[attr-defined]
        return render(request, "console/no_tenant.html", {"host": request.get_host()}, status=404)
    return render(request, "console/overview.html", {"tenant": request.tenant})  # type: ignore[attr-defined]
