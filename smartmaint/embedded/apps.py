from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    name = "smartmaint.embedded"
    label = "embedded"
