"""What the foundation keeps for a tenant: settings, history, answers to remember."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from banyan.kernel.decimals import ExactDecoder


class Setting(models.Model):
    """SET-1: a setting that was changed from its default; `settings_registry` says what there is."""

    key = models.CharField(max_length=60, unique=True)
    value = models.JSONField(null=True)

    def __str__(self) -> str:
        return self.key


class HistoryEntry(models.Model):
    """ACC-16: one change of one thing, written by a trigger of the database and never changed again.

    `changes` maps each field to its old and new value.
    """

    at = models.DateTimeField(db_default=Now())
    actor = models.TextField()
    action = models.CharField(max_length=10)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    changes = models.JSONField(decoder=ExactDecoder)

    class Meta:
        verbose_name_plural = "history entries"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="history_of_subject"),
            BrinIndex(fields=["at"], autosummarize=True, name="history_by_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} {self.action}"


class IdempotencyKey(models.Model):
    """ERR-2: the answer that a request with an Idempotency-Key got; status and body are null while it is being made.

    `caller` is who asked: another caller's key is another key.
    """

    caller = models.CharField(max_length=50, default="")
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=10)
    path = models.TextField()
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller", "key", "method", "path"], name="idempotency_key_once_a_caller")
        ]

    def __str__(self) -> str:
        return self.key
