"""`manage.py` for people: what usually goes wrong is told in a sentence; `--traceback` shows the rest."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError
from django.utils.module_loading import import_string

from smartmaint.embedded.addresses import DataDirUnusable
from smartmaint.embedded.running import NothingRuns
from smartmaint.environment import env_text

WITHOUT_APPLICATIONS = {"up", "simulate_plant"}


def run(arguments: list[str]) -> str | int:
    """Run the command; return 0, or the sentence to end with."""
    try:
        _execute(arguments)
    except (DataDirUnusable, ImproperlyConfigured, NothingRuns) as error:
        return _tell(arguments, error, str(error))
    except OperationalError as error:
        return _tell(arguments, error, _no_server("database", "DATABASE_URL", error))
    except queue_troubles() as error:
        return _tell(arguments, error, _no_server("Redis", "REDIS_URL", error))
    except KeyboardInterrupt:
        return 130
    return 0


def queue_troubles() -> tuple[type[Exception], ...]:
    """Return what says that Redis is away. Asked where something failed: its library takes 20 MB."""
    from redis.exceptions import ConnectionError as RedisConnectionError

    return RedisConnectionError, ConnectionError


def _execute(arguments: list[str]) -> None:
    """What stays and needs no applications runs without them, in half the memory."""
    name = next(iter(arguments[1:2]), "")
    if name not in WITHOUT_APPLICATIONS:
        execute_from_command_line(arguments)
        return
    import_string(f"smartmaint.embedded.management.commands.{name}.Command")().run_from_argv(arguments)


def _tell(arguments: list[str], error: Exception, sentence: str) -> str:
    if "--traceback" in arguments:
        raise error
    return sentence


def _no_server(what: str, variable: str, error: Exception) -> str:
    detail = " ".join(str(error).split())
    if env_text(variable):
        return f"The {what} at {variable} is out of reach: {detail}"
    return (
        f"No {what} answers in {settings.DATA_DIR}: start it with `manage.py up`, or set {variable} "
        f"(or SMARTMAINT_DATA_DIR for another directory). {detail}"
    )
