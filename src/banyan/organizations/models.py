"""The access tree, and who may do what in it: users with their memberships, keys."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from banyan.organizations.access_scope import Reachable
from banyan.organizations.roles import Role


class Organization(models.Model):
    """ORG-1: a node of the access tree."""

    name = models.CharField(max_length=200)
    code = models.CharField(max_length=50, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    objects = models.Manager()
    reachable = Reachable()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="organization_is_not_its_own_parent"),
            models.UniqueConstraint(
                models.Value(1), condition=Q(parent__isnull=True), name="organization_tree_has_one_root"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class User(models.Model):
    """ORG-3: somebody who works here. `password` is a hash; without one, or inactive, a user can't sign in. Moments are
    shown to the user in `time_zone` (DAT-2), null: that of the first owner.
    """

    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254)
    password = models.CharField(max_length=200, null=True)
    active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_has_an_email_of_its_own")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """ORG-3: a user's role in an organization and in everything below it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="user_has_one_role_in_an_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.organization_id}"


class ApiKey(models.Model):
    """API-1: a key of one tenant; only its hash is kept. Its role holds in `organizations` and all below them."""

    name = models.CharField(max_length=200)
    key_hash = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=20, choices=Role, default=Role.ADMINISTRATOR)
    organizations = models.ManyToManyField(Organization, related_name="api_keys")
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class AttemptCount(models.Model):
    """How many attempts in vain are counted together, for an account, from an address or in a browser, and when the
    last was (`attempts.py`); no row is as good as none."""

    kind = models.CharField(max_length=10)
    counted = models.CharField(max_length=300)
    failures = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "counted"], name="attempts_are_counted_together")]
        indexes = [models.Index(fields=["last_at"], name="attempts_by_time")]

    def __str__(self) -> str:
        return f"{self.failures} of {self.kind} {self.counted}"


class SignInLink(models.Model):
    """An address that signs a user in, once and until `expires_at`; only the hash of its secret is kept. `made_by`
    tells who made it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_in_links")
    secret_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    made_by = models.TextField(default="")

    def __str__(self) -> str:
        return f"for {self.user_id} until {self.expires_at}"
