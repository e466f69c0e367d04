from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "banyan.usage"
    label = "usage"
