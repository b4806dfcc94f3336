from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "smartmaint.events"
    label = "events"

    def ready(self) -> None:
        from smartmaint.events import tasks  # noqa: F401  (agents register here; autodiscovery is lazy)
