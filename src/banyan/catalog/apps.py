from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "banyan.catalog"
    label = "catalog"
