from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    name = "smartmaint.observability"
    label = "observability"
