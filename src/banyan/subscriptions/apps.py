from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "banyan.subscriptions"
    label = "subscriptions"
