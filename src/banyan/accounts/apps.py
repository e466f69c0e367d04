from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "banyan.accounts"
    label = "accounts"
