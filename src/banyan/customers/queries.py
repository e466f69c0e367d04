"""Reads that need the relations as well as the subscriptions."""

from collections.abc import Collection
from datetime import date

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from banyan.accounts.models import Account, RenderingType
from banyan.accounts.today import today, today_of_customers
from banyan.engine.payer import who_pays
from banyan.engine.result import Payer
from banyan.invoices.models import Invoice
from banyan.relations.models import ResponsibleAccount
from banyan.relations.queries import responsible_accounts_on
from banyan.subscriptions.models import Charge, Subscription, WhoPays
from banyan.subscriptions.queries import subscription_payers


def payers_on(subscriptions: Collection[Subscription], on: date) -> dict[int, Payer]:
    """WHO-5: who pays for each subscription on the day, and why."""
    named = subscription_payers([subscription.id for subscription in subscriptions], on)
    accounts = {subscription.account_id for subscription in subscriptions}
    responsible = responsible_accounts_on(accounts | {payer.account_id for payer in named.values()}, on)
    return {
        subscription.id: who_pays(subscription.account_id, named.get(subscription.id), responsible)
        for subscription in subscriptions
    }


# Whom the choices of charges that are not billed yet lead to on some day from a day on.
PAY_FOR_WAITING_CHARGES = """
WITH RECURSIVE above(mode, named, own, customer_id, levels, during) AS (
    SELECT DISTINCT charge.who_pays_mode, charge.payer_id, account.customer_id, account.customer_id, 0,
           daterange(%(since)s, NULL)
    FROM subscriptions_charge charge JOIN accounts_account account ON account.id = charge.account_id
    WHERE NOT charge.billed AND charge.who_pays_mode IS NOT NULL
    UNION ALL
    SELECT above.mode, above.named, above.own, edge.parent_id, above.levels + 1, above.during * edge.during
    FROM above JOIN relations_customerparent edge
        ON edge.customer_id = above.customer_id AND edge.during && above.during
    WHERE above.mode IN ('parent', 'eldest_ancestor', 'ancestor')
)
SELECT DISTINCT customer_id FROM above
WHERE customer_id = ANY(%(ids)s) AND CASE mode
    WHEN 'parent' THEN levels = 1
    WHEN 'ancestor' THEN customer_id = named
    WHEN 'eldest_ancestor' THEN NOT EXISTS (
        SELECT FROM relations_customerparent edge
        WHERE edge.customer_id = above.customer_id AND edge.during @> above.during)
    ELSE customer_id = own END
"""


def customers_that_pay(customer_ids: Collection[int]) -> set[int]:
    """Those of the customers that pay for a subscription, or a charge that is not billed yet, today or later, be it
    their own (WHO-4).
    """
    day = min(today_of_customers(customer_ids).values(), default=today())
    onwards = WhoPays.objects.filter(during__overlap=DateRange(day, None))
    in_groups = onwards.filter(group__payer_id__in=customer_ids).values_list("group__payer_id", flat=True)
    separate = onwards.filter(group=None, subscription__account__customer_id__in=customer_ids)
    with connection.cursor() as cursor:
        cursor.execute(PAY_FOR_WAITING_CHARGES, {"since": day, "ids": list(customer_ids)})
        of_charges = {customer for (customer,) in cursor.fetchall()}
    of_separate = separate.values_list("subscription__account__customer_id", flat=True).distinct()
    return {*in_groups.distinct(), *of_separate, *of_charges}


def has_charges(account: Account) -> bool:
    """What was or will be charged or invoiced here, for this account or for one that its customer pays for."""
    return (
        Subscription.objects.filter(account=account).exists()
        or Charge.objects.filter(account=account).exists()
        or Invoice.objects.filter(account=account).exists()
        or (account.is_default and bool(customers_that_pay([account.customer_id])))
    )


def fixed_fields(account: Account) -> dict[str, str]:
    """The fields of the account that can't change as it stands, and why (ACC-4, OWN-3, BHI-4, BHI-6)."""
    fixed = dict.fromkeys(("currency", "owner"), "Fixed: the account has charges.") if has_charges(account) else {}
    links = ResponsibleAccount.objects.filter(during__overlap=DateRange(today(account.owner_id), None))
    manages = links.filter(responsible_account=account).exists()
    if manages or links.filter(account=account).exists():
        linked = "Fixed while the account is linked to a responsible or managed account."
        fixed = dict.fromkeys(("currency", "bill_cycle", "owner"), linked) | fixed
    if account.invoice_rendering_type == RenderingType.AGGREGATED and not manages:
        fixed["invoice_rendering_type"] = "Per Account can be chosen once the account has a managed account."
    return fixed
