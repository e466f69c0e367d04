from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "banyan.foundation"
    label = "foundation"
