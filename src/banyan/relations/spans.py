"""Relatives over time: who is above or below somebody on which days, for what must hold on all days (REL-2, CHI-2)."""

from collections.abc import Collection
from datetime import date

from django.db import connection

from banyan.kernel.frozen import frozen
from banyan.relations.edges import HeldEdges, Lasting, Relation


@frozen
class Span(Lasting):
    """`relative` is `levels` away from `start` on the days from `first` up to, not including, `end` (None: open)."""

    start: int
    relative: int
    levels: int
    first: date
    end: date | None


def spans_above(relation: Relation, starts: Collection[int], since: date) -> list[Span]:
    """All that are above each start on some day from `since` on, and the start itself at level 0."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_walking(relation.table, relation.subject, relation.target)} "
            "SELECT start, relative, levels, lower(during), upper(during) FROM walk",
            [since, None, sorted(set(starts))],
        )
        return [Span(*row) for row in cursor.fetchall()]


def levels_below(relation: Relation, start: int, first: date, end: date | None = None) -> list[Span]:
    """How many levels there are below the start, and on which of these days: one span for all who have both in common,
    with the start in their place.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_walking(relation.table, relation.target, relation.subject)} "
            "SELECT DISTINCT start, start, levels, lower(during), upper(during) FROM walk",
            [first, end, [start]],
        )
        return [Span(*row) for row in cursor.fetchall()]


def everybody_below(relation: Relation, starts: Collection[int], since: date) -> set[int]:
    """All that are below one of the starts on some day from `since` on, and these themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_walking(relation.table, relation.target, relation.subject)} SELECT DISTINCT relative FROM walk",
            [since, None, sorted(set(starts))],
        )
        return {relative for (relative,) in cursor.fetchall()}


def held_above(edges: HeldEdges, start: int, first: date, end: date | None = None) -> list[Span]:
    """All that are above the start on some of these days, by edges that are held, and the start itself at level 0."""
    spans = [Span(start, start, 0, first, end)]
    for span in spans:
        for edge in edges.of(span.relative, span.first):
            if span.overlaps(edge.first, edge.end):
                spans.append(_next(span, edge.target, edge.first, edge.end))
    return spans


def held_below(edges: HeldEdges, start: int, first: date, end: date | None = None) -> list[Span]:
    """All that are below the start on some of these days, by edges that are held, and the start itself at level 0."""
    spans = [Span(start, start, 0, first, end)]
    for span in spans:
        for edge in edges.to(span.relative):
            if span.overlaps(edge.first, edge.end):
                spans.append(_next(span, edge.subject, edge.first, edge.end))
    return spans


def _next(span: Span, relative: int, first: date, end: date | None) -> Span:
    ends = [day for day in (span.end, end) if day is not None]
    return Span(span.start, relative, span.levels + 1, max(span.first, first), min(ends, default=None))


def _walking(table: str, near: str, far: str) -> str:
    """`walk`: a first day, an end and starts are asked for; from these along the edges, with the days that all hold."""
    return f"""
        WITH RECURSIVE walk(start, relative, levels, during) AS (
            SELECT start, start, 0, daterange(%s, %s) FROM unnest(%s::bigint[]) AS start
            UNION ALL
            SELECT walk.start, edge.{far}, walk.levels + 1, walk.during * edge.during
            FROM walk JOIN {table} edge ON edge.{near} = walk.relative AND edge.during && walk.during
        )"""
