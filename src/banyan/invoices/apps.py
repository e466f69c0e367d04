from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "banyan.invoices"
    label = "invoices"
