from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class EventsConfig(AppConfig):
    name = "smartmaint.events"
    label = "events"

    def ready(self) -> None:
        from smartmaint.events import checks  # noqa: F401  (registers the system checks)

        # Every process must know every event and agent: Celery's own autodiscovery is lazy, and a relay that
        # does not know an agent leaves it out in silence.
        autodiscover_modules("events", "tasks")
