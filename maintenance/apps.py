from django.apps import AppConfig


class MaintenanceConfig(AppConfig):
    name = "maintenance"

    def ready(self) -> None:
        from maintenance import tasks  # noqa: F401  (agents register here; autodiscovery is lazy)
        from maintenance.datasets import register_builders

        register_builders()
