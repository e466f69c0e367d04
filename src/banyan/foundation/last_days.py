"""The last day of what a column says is over on a day (DAT-1), worked out by the database."""

from django.db.models import DateField, Func


class LastDay(Func):
    """The day before one that is the first of what follows; null for what has no end."""

    template = "(%(expressions)s - 1)"
    output_field = DateField(null=True)
