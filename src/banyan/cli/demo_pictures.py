"""What the demo shows: invoices with who pays and why, and the tree of a group."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from rich.markup import escape
from rich.tree import Tree

from banyan.accounts.models import Account
from banyan.billruns.queries import account_labels
from banyan.cli.output import people
from banyan.engine.reasons import because
from banyan.engine.result import Step
from banyan.invoices.models import InvoiceLine
from banyan.invoices.queries import InvoiceWithAmounts, invoices, lines_of, number_of
from banyan.kernel.money import amount_shown
from banyan.ledger.queries import balances
from banyan.relations.queries import TreeRow, account_tree, responsible_accounts_on

INVOICES_A_PAYER = 3
LEAVES_A_BRANCH = 5


def print_invoices(since: date) -> None:
    """The open invoices from a day on, some of each payer, each with its payer, rule and reason."""
    people.rule(f"Invoices since {since}: who pays, and why")
    by_payer: dict[str, list[InvoiceWithAmounts]] = defaultdict(list)
    for invoice in invoices().filter(invoice_date__gte=since).select_related("account", "for_account"):
        by_payer[invoice.account.number].append(invoice)
    for payer, received in sorted(by_payer.items()):
        for invoice in received[:INVOICES_A_PAYER]:
            _print_invoice(invoice)
        if len(received) > INVOICES_A_PAYER:
            people.print(f"  [dim]and {len(received) - INVOICES_A_PAYER} more invoices to {payer}[/]")


def _print_invoice(invoice: InvoiceWithAmounts) -> None:
    total = amount_shown(invoice.total, invoice.currency)
    about = f" for {invoice.for_account.number}" if invoice.for_account else ""
    payer = escape(f"{invoice.account.number} {invoice.account.name}{about}")
    people.print(f"[bold]{number_of(invoice)}[/] {invoice.invoice_date} {payer}: [bold]{total}[/]", highlight=False)
    for reason in _reasons(list(lines_of(invoice.pk)), invoice.invoice_date):
        people.print(f"    [dim]{escape(reason)}[/]", highlight=False)


def _reasons(lines: Sequence[InvoiceLine], on: date) -> list[str]:
    """A sentence for each way that led lines to the payer, with its rules; accounts that went the same way count."""
    ways: dict[tuple[str, ...], list[tuple[Step, ...]]] = defaultdict(list)
    for line in lines:
        trail = tuple(Step(*step) for step in line.payer_trail or [["WHO-5", line.account_id, line.account_id]])
        rules = tuple(step.rule for step in trail)
        if trail not in ways[rules]:
            ways[rules].append(trail)
    labels = account_labels(
        {step.to_account for way in ways.values() for trail in way for step in trail}
        | {step.from_account for way in ways.values() for trail in way for step in trail}
    )
    return [_reason(rules, trails, labels, on) for rules, trails in ways.items()]


def _reason(rules: Sequence[str], trails: Sequence[tuple[Step, ...]], labels: Mapping[int, str], on: date) -> str:
    sentences = " ".join(because(step, labels, on.isoformat()) for step in trails[0])
    more = len(trails) - 1
    others = f" The same for {more} more account{'s' if more > 1 else ''}." if more else ""
    return f"{', '.join(rules)}: {sentences}{others}"


def print_tree(number: str, on: date) -> None:
    """The accounts below one, each with its balance and who pays for it on a day."""
    people.rule(f"The accounts below {number} on {on}: balance, and who pays")
    rows = account_tree(Account.objects.get(number=number).pk, on)
    people.print(_Branches(rows, on).drawn(rows[0]))


class _Branches:
    """The rows of a tree by their parents, with balances and payers."""

    def __init__(self, rows: Sequence[TreeRow], on: date) -> None:
        ids = [row.account for row in rows]
        self._below: dict[int | None, list[TreeRow]] = defaultdict(list)
        for row in rows[1:]:
            self._below[row.parent].append(row)
        self._payer = responsible_accounts_on(ids, on)
        self._paid_for = Counter(self._payer.values())
        self._numbers = dict(Account.objects.filter(pk__in={*ids, *self._payer.values()}).values_list("id", "number"))
        self._balances = balances(ids)
        self._nothing = {
            account: {currency: Decimal(0)}
            for account, currency in Account.objects.filter(pk__in=ids).values_list("id", "currency")
        }

    def drawn(self, row: TreeRow) -> Tree:
        """The row with everything below it; of many leaves only the first."""
        tree = Tree(self._label(row), highlight=False)
        children = self._below[row.account]
        branches = [child for child in children if self._below[child.account]]
        leaves = [child for child in children if not self._below[child.account]]
        for child in (*branches, *leaves[:LEAVES_A_BRANCH]):
            tree.add(self.drawn(child))
        if len(leaves) > LEAVES_A_BRANCH:
            tree.add(f"[dim]and {len(leaves) - LEAVES_A_BRANCH} more[/]")
        return tree

    def _label(self, row: TreeRow) -> str:
        owed = ", ".join(_amounts((self._balances.get(row.account) or self._nothing[row.account]).items()))
        return f"[bold]{row.number}[/] {escape(row.name)} · balance {owed} · {self._payment(row)}"

    def _payment(self, row: TreeRow) -> str:
        if row.account in self._payer:
            return f"[cyan]{self._numbers[self._payer[row.account]]} pays[/]"
        others = self._paid_for[row.account]
        return f"[green]pays for itself{f' and {others} others' if others else ''}[/]"


def _amounts(owed: Iterable[tuple[str, Decimal]]) -> list[str]:
    return [amount_shown(amount, currency) for currency, amount in sorted(owed)]
