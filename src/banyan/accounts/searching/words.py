"""What is asked of a row: whether it holds the words typed.

The database keeps the words of each row in its column `search`, with an account those of its customer
too (0008).
"""

from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.db import connection
from django.db.models import BooleanField, F, Func, QuerySet
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLCompiler

from banyan.accounts.models import Account, Customer

Row = TypeVar("Row", Customer, Account)


class _HasWords(Func):
    """Whether words that the row holds begin with those typed; `column` is one of its columns.

    `walked`: asked of one row after the other, not of the index of words.
    """

    output_field = BooleanField()

    def __init__(self, column: str, typed: str, walked: bool) -> None:
        super().__init__(F(column))
        self.typed = typed
        self.walked = walked

    def as_sql(self, compiler: SQLCompiler, connection: Any, *extra: Any, **named: Any) -> tuple[str, tuple[Any, ...]]:
        column = cast(Col, self.source_expressions[0])
        asked = f"{compiler.quote_name_unless_alias(column.alias)}.search @@ banyan_search_query(%s)"
        return f"({asked}) IS TRUE" if self.walked else asked, (self.typed,)


class _HoldsMiddles(Func):
    """Whether the row holds each of the words somewhere; `walked` as above."""

    output_field = BooleanField()

    def __init__(self, column: str, words: tuple[str, ...], walked: bool) -> None:
        super().__init__(F(column))
        self.words = words
        self.walked = walked

    def as_sql(self, compiler: SQLCompiler, connection: Any, *extra: Any, **named: Any) -> tuple[str, tuple[Any, ...]]:
        column = cast(Col, self.source_expressions[0])
        text = f"banyan_searched({compiler.quote_name_unless_alias(column.alias)}.search)"
        asked = " AND ".join([f"{text} LIKE %s"] * len(self.words))
        return f"({asked}) IS TRUE" if self.walked else f"({asked})", tuple(map(_anywhere, self.words))


@dataclass(frozen=True, slots=True)
class Words:
    """What was typed. `middles`: the words of it that may stand anywhere in a row; None where they begin one of its."""

    typed: str
    middles: tuple[str, ...] | None = None

    def held_by(self, rows: QuerySet[Row], walked: bool = False) -> QuerySet[Row]:
        """Those of the rows that hold all of them; all rows where nothing is typed. An account also holds what its
        customer does."""
        if not self.typed.strip():
            return rows
        if self.middles is None:
            return rows.filter(_HasWords("number", self.typed, walked))
        return rows.filter(_HoldsMiddles("number", self.middles, walked))


def found_by(rows: QuerySet[Row], typed: str, walked: bool = False) -> QuerySet[Row]:
    """Those of the customers or accounts that hold every word typed as the beginning of one; all if none is typed."""
    return Words(typed).held_by(rows, walked)


def folded(typed: str) -> tuple[str, ...]:
    """The words typed, without case, accents and the signs before them: as rows keep theirs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(banyan_search_words(%s, false))", [typed])
        return tuple(word for (word,) in cursor.fetchall())


def _anywhere(word: str) -> str:
    for sign in "\\%_":
        word = word.replace(sign, f"\\{sign}")
    return f"%{word}%"
