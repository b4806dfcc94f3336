from django.apps import AppConfig


class SensorsConfig(AppConfig):
    name = "sensors"

    def ready(self) -> None:
        from sensors import tasks  # noqa: F401  (tasks register here; autodiscovery is lazy)
        from sensors.connectors import checks  # noqa: F401  (registers them)
        from sensors.storage import checks as storage_checks  # noqa: F401
