"""Compiles the catalogues of texts when Banyan is installed or packed: what gettext reads is not in the repository."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledCatalogues(BuildHookInterface[Any]):
    """`django.mo` beside each `django.po`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile them all."""
        for catalogue in Path(self.root, "src", "banyan", "locale").glob("*/LC_MESSAGES/*.po"):
            with catalogue.open("rb") as texts, catalogue.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, read_po(texts, locale=catalogue.parents[1].name))
