"""What somebody may do in an organization."""

from django.db import models


class Role(models.TextChoices):
    """ORG-3, each with everything the one before it may do."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"

    @property
    def rank(self) -> int:
        """The higher, the more it may do."""
        return list(Role).index(self)

    def includes(self, needed: "Role") -> bool:
        """Whether it may do everything that the needed one may."""
        return self.rank >= needed.rank
