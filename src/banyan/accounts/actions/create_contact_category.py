"""Create a contact category (ACC-12)."""

from banyan.accounts.models import ContactCategory
from banyan.accounts.named import check_name
from banyan.accounts.opening import retry_on_unique_violation
from banyan.kernel.refusals import Problems


@retry_on_unique_violation
def create_contact_category(name: str) -> ContactCategory:
    """Names are unique."""
    problems = Problems()
    check_name(ContactCategory, name, "ACC-12", problems)
    problems.raise_if_any()
    return ContactCategory.objects.create(name=name)
