from django.apps import AppConfig


class TransferConfig(AppConfig):
    name = "banyan.transfer"
    label = "transfer"
