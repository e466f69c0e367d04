"""Relations as anybody would keep them on paper: for each of a few days, who is linked to whom."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from banyan.relations.inputs import NewLink
from tests.relations.people import NEW_YEAR

DAYS = [NEW_YEAR + timedelta(days=30 * month) for month in range(5)]
"""The days on which things change: between two of them everything is as on the first."""
DEEPEST = 10

Links = dict[int, tuple[int, int]]
"""What holds on a day: the target of each subject, and the number of the change that linked them."""


@dataclass
class Table:
    """The relations of one kind, day by day. `rule_broken` looks at what holds on a day."""

    rule_broken: Callable[[Mapping[int, int]], str | None]
    on: list[Links] = field(default_factory=lambda: [{} for _ in DAYS])
    changes: int = 0

    def copy(self) -> "Table":
        return Table(self.rule_broken, [dict(links) for links in self.on], self.changes)

    def targets(self) -> list[dict[int, int]]:
        """Who is linked to whom on each day."""
        return [{subject: target for subject, (target, _) in links.items()} for links in self.on]

    def change(self, link: NewLink) -> str | None:
        """Make a change; if it breaks a rule make none, and say which."""
        after = self.copy()
        rule = after._make(link)
        if rule is None:
            self.on, self.changes = after.on, after.changes
        return rule

    def _make(self, link: NewLink) -> str | None:
        if link.effective_date is None or link.effective_date not in DAYS:
            return "REL-1"
        day = DAYS.index(link.effective_date)
        if link.target is None and not any(link.subject in links for links in self.on[day:]):
            return "REL-1"
        if link.children == "stay" and self._target(link.subject, day) != link.target:
            self._leave_children(link.subject, self._target(link.subject, day), day)
        self.changes += 1
        until = DAYS.index(link.until) if link.until else len(DAYS)
        number = self.on[day].get(link.subject, (None, self.changes))[1]
        same = self._target(link.subject, day) == link.target
        for index in range(day, len(DAYS)):
            self.on[index].pop(link.subject, None)
            if link.target is not None and index < until:
                self.on[index][link.subject] = (link.target, number if same else self.changes)
        return next((rule for targets in self.targets() if (rule := self.rule_broken(targets))), None)

    def _target(self, subject: int, day: int) -> int | None:
        return self.on[day].get(subject, (None, 0))[0]

    def _leave_children(self, parent: int, new: int | None, day: int) -> None:
        """Whoever is below the parent on the day is below the new one, for as long as it was to be."""
        staying = {subject: link for subject, link in self.on[day].items() if link[0] == parent}
        self.changes += 1
        for links in self.on[day:]:
            for subject in [one for one, link in links.items() if staying.get(one) == link]:
                if new is None:
                    del links[subject]
                else:
                    links[subject] = (new, self.changes)


def lineage(start: int, targets: Mapping[int, int]) -> list[int]:
    """The start and all above it; it ends with the first that comes twice."""
    line = [start]
    while line[-1] in targets and line.count(line[-1]) == 1:
        line.append(targets[line[-1]])
    return line


def tree_rule(targets: Mapping[int, int]) -> str | None:
    """REL-2: nobody is above itself."""
    return "REL-2" if any(lineage(one, targets)[1:].count(one) for one in targets) else None


def customers_rule(targets: Mapping[int, int]) -> str | None:
    """REL-2, and CHI-2: ten are in a line at most."""
    deepest = max((len(lineage(one, targets)) for one in targets), default=0)
    return tree_rule(targets) or ("CHI-2" if deepest > DEEPEST else None)


def payers_rule(targets: Mapping[int, int]) -> str | None:
    """BHI-2: who pays for others is paid for by nobody."""
    return "BHI-2" if targets.keys() & set(targets.values()) else None


def in_some_order(table: Table, done: Sequence[tuple[NewLink, str | None]]) -> Iterable[Table]:
    """The tables that there may be after changes made at once, of which these were refused by these rules."""
    if not done:
        yield table
    for index, (link, refused) in enumerate(done):
        after = table.copy()
        if after.change(link) == refused:
            yield from in_some_order(after, [*done[:index], *done[index + 1 :]])


def a_day_that_is_too_early() -> date:
    """The day before everything starts."""
    return NEW_YEAR - timedelta(days=1)
