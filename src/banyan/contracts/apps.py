from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "banyan.contracts"
    label = "contracts"
