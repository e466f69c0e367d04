"""The access tree and the keys that open it."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Role(models.TextChoices):
    """ORG-3, each with everything the one before it may do."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Organization(models.Model):
    """ORG-1: a node of the access tree."""

    name = models.CharField(max_length=200)
    code = models.CharField(max_length=50, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="organization_is_not_its_own_parent"),
            models.UniqueConstraint(
                models.Value(1), condition=Q(parent__isnull=True), name="organization_tree_has_one_root"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """API-1: a key of one tenant; only its hash is kept."""

    name = models.CharField(max_length=200)
    key_hash = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=20, choices=Role, default=Role.ADMINISTRATOR)
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
