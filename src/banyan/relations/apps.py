from django.apps import AppConfig


class RelationsConfig(AppConfig):
    name = "banyan.relations"
    label = "relations"
