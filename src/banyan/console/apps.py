from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "banyan.console"
    label = "console"
