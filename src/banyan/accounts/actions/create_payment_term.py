"""Create a payment term (ACC-11)."""

from banyan.accounts.models import PaymentTerm
from banyan.accounts.named import check_name
from banyan.accounts.opening import retry_on_unique_violation
from banyan.foundation.declared import checks
from banyan.kernel.refusals import Problems


@retry_on_unique_violation
def create_payment_term(name: str, days: int) -> PaymentTerm:
    """Invoices are due so many days (0 to 3650) after their date."""
    problems = Problems()
    check_name(PaymentTerm, name, "ACC-11", problems)
    checks.whole_number(0, 3650, "ACC-11")("days", days, problems)
    problems.raise_if_any()
    return PaymentTerm.objects.create(name=name, days=days)
