"""What the foundation keeps for a tenant: settings, history, answers to remember."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import CharField, Func, Q, Value
from django.db.models.functions import Cast, Coalesce, Now, NullIf

from banyan.foundation.actors import Actor, ActorKind
from banyan.kernel.decimals import ExactDecoder


def _setting(name: str, otherwise: str | None = None) -> Func:
    """What a setting of the session is, where it is not empty."""
    held = Func(Value(name), Value(True), function="current_setting", output_field=CharField())
    given = NullIf(held, Value(""))
    return given if otherwise is None else Coalesce(given, Value(otherwise))


class Setting(models.Model):
    """SET-1: a setting that was changed from its default; `settings_registry` says what there is."""

    key = models.CharField(max_length=60, unique=True)
    value = models.JSONField(null=True)

    def __str__(self) -> str:
        return self.key


class HistoryEntry(models.Model):
    """ACC-16: one change of one thing, written by a trigger of the database and never changed again.

    `changes` maps each field to its old and new value. Who did it is known by `actor_kind` and, of users and keys,
    `actor_id`; `actor` is the name of then. Whoever writes an entry need not name them (`acting_as`).
    """

    at = models.DateTimeField(db_default=Now())
    actor = models.TextField(db_default=_setting("banyan.actor", "system"))
    actor_kind = models.CharField(max_length=20, db_default=_setting("banyan.actor_kind", "system"))
    actor_id = models.BigIntegerField(null=True, db_default=Cast(_setting("banyan.actor_id"), models.BigIntegerField()))
    action = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    changes = models.JSONField(decoder=ExactDecoder)

    class Meta:
        verbose_name_plural = "history entries"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="history_of_subject"),
            BrinIndex(fields=["at"], autosummarize=True, name="history_by_moment"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(actor_kind__in=list(ActorKind)), name="an_actor_is_of_a_known_kind"),
            models.CheckConstraint(
                condition=Q(actor_kind__in=[ActorKind.USER, ActorKind.API_KEY], actor_id__isnull=False)
                | (~Q(actor_kind__in=[ActorKind.USER, ActorKind.API_KEY]) & Q(actor_id__isnull=True)),
                name="users_and_keys_are_known_by_their_rows",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} {self.action}"

    @property
    def by(self) -> Actor:
        """Who did it."""
        return Actor(ActorKind(self.actor_kind), self.actor, self.actor_id)


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
