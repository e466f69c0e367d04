from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "banyan.foundation.tenants"
    label = "tenants"
