"""Files that come in (IMP-1) and go out (IMP-2): how far they are and what became of them."""

from collections.abc import Sequence
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from banyan.organizations.models import ApiKey, User


class ImportStatus(models.TextChoices):
    """The life of a file. A dry run ends `checked`, and what was checked may then be imported: it waits once more.

    `refused`: nothing went in, because the file can't be read or, of all or nothing, because a row is bad.
    """

    WAITING = "waiting"
    RUNNING = "running"
    CHECKED = "checked"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ExportStatus(models.TextChoices):
    """The life of an export, in words that are those of imports, too. `refused`: who asked may not have it any more."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNDER_WAY = (ExportStatus.WAITING, ExportStatus.RUNNING)


class Transfer(models.Model):
    """A file of a kind, of `size` bytes, that a worker brings in or writes.

    `forgotten`: its contents are no longer kept. `failure`: why it failed, or an export was refused. `COUNTS` are those
    that are 0 when nothing became of it.
    """

    COUNTS: ClassVar[Sequence[str]] = ("rows",)

    kind = models.CharField(max_length=50)
    size = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    rows = models.BigIntegerField(default=0)
    failure = models.TextField(default="")
    forgotten = models.BooleanField(default=False)

    class Meta:
        abstract = True

    @property
    def share_done(self) -> float:
        """From 0 to 1, by its progress."""
        raise NotImplementedError


class Progress(models.Model):
    """How far a transfer is; in a table of its own, since the row of an import is locked by who runs it.

    `trouble`: what it waits for right now although it is being done, such as room on a full disk; "" is nothing.
    `cancelled`: it is to end, whoever does it.
    """

    rows = models.BigIntegerField(default=0)
    trouble = models.TextField(default="")
    cancelled = models.BooleanField(default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.rows:,} rows"


class Piece(models.Model):
    """A piece of a file that is kept: piece 0, then 1 …"""

    place = models.IntegerField()
    bytes = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"piece {self.place}"


class Import(Transfer):
    """A file of a kind, with what its latest run came to: a dry run as long as `dry_run`, then the real one.

    `separator` and `decimal_comma` say how it is laid out.
    `sent_by` sent the file, `run_by` asked for the latest run, under whose name its changes are in the history.
    `problems` are the first of `problem_count`, as objects with the columns of a problems file. Counts are of rows.
    """

    COUNTS = ("rows", "imported", "duplicates", "refused")

    file = models.CharField(max_length=200)
    dry_run = models.BooleanField()
    all_or_nothing = models.BooleanField()
    separator = models.CharField(max_length=1, default=",", db_default=",")
    decimal_comma = models.BooleanField(default=False, db_default=False)
    status = models.CharField(max_length=10, choices=ImportStatus, default=ImportStatus.WAITING)
    sent_by = models.TextField()
    run_by = models.TextField()
    imported = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    problem_count = models.BigIntegerField(default=0)
    problems = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ImportStatus.values), name="an_import_has_a_known_status"),
            models.CheckConstraint(
                condition=~Q(status=ImportStatus.CHECKED, dry_run=False) & ~Q(status=ImportStatus.DONE, dry_run=True),
                name="only_a_dry_run_ends_checked_and_only_a_real_one_done",
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNDER_WAY)
                | Q(rows=F("imported") + F("duplicates") + F("refused"))
                | Q(imported=0),
                name="every_row_of_an_import_is_accounted_for",
            ),
        ]

    def __str__(self) -> str:
        return self.file

    @property
    def share_done(self) -> float:
        """By the bytes read."""
        return self.progress.bytes_read / max(self.size, 1)


class ImportProgress(Progress):
    """How far the run of an import is."""

    of = models.OneToOneField(Import, models.CASCADE, primary_key=True, related_name="progress")
    bytes_read = models.BigIntegerField(default=0)


class Content(models.TextChoices):
    """What pieces are of."""

    FILE = "file"
    PROBLEMS = "problems"


class ImportPiece(Piece):
    """A piece of the file that was sent, or of its problems file."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="pieces", db_index=False)
    content = models.CharField(max_length=10, choices=Content)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "content", "place"], name="one_piece_at_a_place")]


class Export(Transfer):
    """The rows of a kind as of the moment at which a worker reads them, within the reach of who asked for them.

    That is a user or an API key, called `asked_by` at the time. `on` and `for_spreadsheets` say how they are written.
    """

    on = models.DateField(null=True)
    for_spreadsheets = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=ExportStatus, default=ExportStatus.WAITING)
    asked_by = models.TextField()
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ExportStatus.values), name="an_export_has_a_known_status"),
            models.CheckConstraint(
                condition=Q(user=None) ^ Q(api_key=None), name="an_export_is_asked_for_by_a_user_or_a_key"
            ),
            models.CheckConstraint(
                condition=Q(status=ExportStatus.DONE) | Q(size=0, rows=0), name="only_an_export_that_is_done_is_a_file"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.asked_by}"

    @property
    def share_done(self) -> float:
        """By the rows written."""
        return self.progress.rows / max(self.progress.rows_expected, 1)


class ExportProgress(Progress):
    """How far an export is: rows written, of `rows_expected`."""

    of = models.OneToOneField(Export, models.CASCADE, primary_key=True, related_name="progress")
    rows_expected = models.BigIntegerField(default=0)


class ExportPiece(Piece):
    """A piece of the file that was written."""

    of = models.ForeignKey(Export, models.CASCADE, related_name="pieces", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "place"], name="one_piece_of_an_export_at_a_place")]
