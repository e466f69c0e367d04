"""What public ids stand for: the model of each kind, and which of them are in reach or not (ORG-3)."""

from collections.abc import Mapping

from django.apps import apps
from django.db.models import Model

from banyan.kernel.ids import PREFIXES

PARTS = frozenset(
    ("contact", "note", "contract_document", "subscription_item", "item_terms", "invoice_line", "posting", "membership")
)
"""What is only found through a whole that is named beside it."""

_BY_NAME = {model._meta.model_name: model for model in apps.get_models() if model.__module__.startswith("banyan.")}

MODEL_OF_KIND: Mapping[str, type[Model]] = {kind: _BY_NAME[kind.replace("_", "")] for kind in PREFIXES}

SCOPED_MODELS: Mapping[str, type[Model]] = {
    kind: model for kind, model in MODEL_OF_KIND.items() if kind not in PARTS and hasattr(model, "reachable")
}
"""What is in reach or not, by the kind of its id, which is also its name in addresses of pages: `<account:account>`."""
