from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "banyan.organizations"
    label = "organizations"
