from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    name = "smartmaint.embedded"
    label = "embedded"

    def ready(self) -> None:
        from smartmaint import checks  # noqa: F401  (registers the project's own)
