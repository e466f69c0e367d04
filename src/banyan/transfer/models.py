"""Files that were sent to be imported, how far they are and what became of them (IMP-1)."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


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


UNDER_WAY = (ImportStatus.WAITING, ImportStatus.RUNNING)


class Import(models.Model):
    """A file of a kind, with what its latest run came to: a dry run as long as `dry_run`, then the real one.

    `sent_by` sent the file, `run_by` asked for the latest run, under whose name its changes are in the history.
    `problems` are the first of `problem_count`, as objects with the columns of a problems file. Counts are of rows.
    `forgotten`: the file and its problems are no longer kept. `failure`: why it failed.
    """

    kind = models.CharField(max_length=50)
    file = models.CharField(max_length=200)
    size = models.BigIntegerField()
    dry_run = models.BooleanField()
    all_or_nothing = models.BooleanField()
    status = models.CharField(max_length=10, choices=ImportStatus, default=ImportStatus.WAITING)
    sent_by = models.TextField()
    run_by = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    rows = models.BigIntegerField(default=0)
    imported = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    problem_count = models.BigIntegerField(default=0)
    problems = models.JSONField(default=list)
    failure = models.TextField(default="")
    forgotten = models.BooleanField(default=False)

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


class ImportProgress(models.Model):
    """How far the run of an import is; in a table of its own, since the import's row is locked by who runs it.

    `trouble`: what it waits for right now although it is being done, such as room on a full disk; "" is nothing.
    """

    of = models.OneToOneField(Import, models.CASCADE, primary_key=True, related_name="progress")
    rows = models.BigIntegerField(default=0)
    bytes_read = models.BigIntegerField(default=0)
    trouble = models.TextField(default="")


class Content(models.TextChoices):
    """What pieces are of."""

    FILE = "file"
    PROBLEMS = "problems"


class ImportPiece(models.Model):
    """A piece of the file that was sent, or of its problems file: piece 0, then 1 …"""

    of = models.ForeignKey(Import, models.CASCADE, related_name="pieces", db_index=False)
    content = models.CharField(max_length=10, choices=Content)
    place = models.IntegerField()
    bytes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "content", "place"], name="one_piece_at_a_place")]
