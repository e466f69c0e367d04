from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "banyan.ledger"
    label = "ledger"
