from django.apps import AppConfig


class ParkingConfig(AppConfig):
    name = "banyan.foundation.parking"
    label = "parking"
