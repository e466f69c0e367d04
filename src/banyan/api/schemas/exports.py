"""Files that are taken out (IMP-2)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from banyan.api.bodies import Body
from banyan.api.fields import Answer, Day, choice
from banyan.transfer.kinds import KINDS


class NewExport(Body):
    """What is to be written. `on`: relations, terms and payers of that day, of kinds that differ from day to day.

    `for_spreadsheets` puts an apostrophe before what a spreadsheet would run as a formula; such a file is not for
    importing.
    """

    kind: Annotated[str, choice(*KINDS), Field(description="What the file is to hold, one of /file-kinds")]
    on: Day | None = None
    for_spreadsheets: bool = False


class ExportProgressAnswer(Answer):
    """Rows written so far, of how many. `trouble`: what it waits for, such as room on a full disk."""

    rows: int
    rows_expected: int
    trouble: str | None


class ExportAnswer(Answer):
    """IMP-2: a file that was asked for.

    `status` is `waiting`, `running`, `done`, `refused` (who asked for it may not have it any more; `failure` says why),
    `cancelled` or `failed` (on our side; `failure` says how). Once it is done, its `rows` are at `/exports/{id}/file`,
    in `size` bytes, as long as it is kept: two weeks. `progress` is null unless it is under way.
    """

    id: str
    kind: str
    on: date | None
    for_spreadsheets: bool
    status: str
    asked_by: str
    progress: ExportProgressAnswer | None
    rows: int
    size: int
    failure: str | None
    is_kept: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
