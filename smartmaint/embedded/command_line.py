"""`manage.py` for people: what usually goes wrong is told in a sentence; `--traceback` shows the rest."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError

from smartmaint.embedded.addresses import DataDirUnusable
from smartmaint.embedded.running import NothingRuns
from smartmaint.environment import env_text


def run(arguments: list[str]) -> str | int:
    """Run the command; return 0, or the sentence to end with."""
    try:
        _execute(arguments)
    except (DataDirUnusable, ImproperlyConfigured, NothingRuns) as error:
        return _tell(arguments, error, str(error))
    except OperationalError as error:
        return _tell(arguments, error, _no_server("database", "DATABASE_URL", error))
    except (RedisConnectionError, ConnectionError) as error:
        return _tell(arguments, error, _no_server("Redis", "REDIS_URL", error))
    except KeyboardInterrupt:
        return 130
    return 0


def _execute(arguments: list[str]) -> None:
    """`up` only supervises: without the applications in memory it takes 100 MB less."""
    if arguments[1:2] != ["up"]:
        execute_from_command_line(arguments)
        return
    from smartmaint.embedded.management.commands.up import Command

    Command().run_from_argv(arguments)


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
