"""What a user prefers. Everything else that the console shows belongs to other packages."""

from django.db import models

from banyan.organizations.models import User


class Theme(models.TextChoices):
    """Light or dark; `auto` is what the user's system says."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Preferences(models.Model):
    """How a user likes the console. `locale` is how money and dates are written (`de_AT`), null: as the browser asks.

    `chosen` holds the columns of lists and the fields of forms by their name: {"columns:accounts": ["name", …]}.
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="preferences")
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.AUTO)
    locale = models.CharField(max_length=40, null=True)
    chosen = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"of {self.user_id}"
