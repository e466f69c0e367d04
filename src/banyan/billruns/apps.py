from django.apps import AppConfig


class BillRunsConfig(AppConfig):
    name = "banyan.billruns"
    label = "billruns"
