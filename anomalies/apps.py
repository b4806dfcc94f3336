from django.apps import AppConfig


class AnomaliesConfig(AppConfig):
    name = "anomalies"

    def ready(self) -> None:
        from anomalies import tasks  # noqa: F401  (agents register here; autodiscovery is lazy)
