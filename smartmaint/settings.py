"""One file, labelled sections, driven by the environment (SMARTMAINT_*), safe local defaults."""

from __future__ import annotations

import importlib.util
import warnings
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url

from smartmaint.accounts.api_settings import REST_FRAMEWORK as REST_FRAMEWORK
from smartmaint.accounts.api_settings import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from smartmaint.embedded.addresses import database_url, redis_url, secret_key
from smartmaint.environment import env_flag, env_int, env_list, env_text, redis_database
from smartmaint.observability.logs import log_settings
from smartmaint.queues import CELERY_TASK_QUEUES as CELERY_TASK_QUEUES
from smartmaint.queues import CELERY_TASK_ROUTES as CELERY_TASK_ROUTES

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env_text("SMARTMAINT_DATA_DIR", str(BASE_DIR / ".data"))).resolve()

# --- Security -----------------------------------------------------------------------------------------
DEBUG = env_flag("SMARTMAINT_DEBUG")
SECRET_KEY = env_text("SMARTMAINT_SECRET_KEY") or secret_key(DATA_DIR)
ALLOWED_HOSTS = env_list("SMARTMAINT_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("SMARTMAINT_CSRF_TRUSTED_ORIGINS")
HTTPS = env_flag("SMARTMAINT_HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
CSRF_FAILURE_VIEW = "smartmaint.urls.stale_form"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health"]
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

# --- Applications -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "smartmaint.embedded",
    "smartmaint.observability",
    "smartmaint.accounts",
    "smartmaint.events",
    "sensors",
    "mlops",
    "anomalies",
    "maintenance",
    "reports",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "smartmaint.observability.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "smartmaint.accounts.pages.OrganizationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "smartmaint.urls"
ASGI_APPLICATION = "smartmaint.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "smartmaint.accounts.pages.page_context",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Database: DATABASE_URL, else the embedded PostgreSQL of `manage.py up` -------------------------------
DATABASES = {
    "default": {
        **dj_database_url.parse(env_text("DATABASE_URL") or database_url(DATA_DIR)),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # no request fails on a connection that the database closed meanwhile
        "OPTIONS": {
            "pool": {
                "min_size": 0,
                "max_size": env_int("SMARTMAINT_DATABASE_POOL", 20),
                "timeout": env_int("SMARTMAINT_DATABASE_TIMEOUT", 2),
                "reconnect_timeout": 2,  # else the pauses double, and a database that is back goes unnoticed
            },
            "connect_timeout": 3,
        },
    }
}

# --- Redis: broker and live layer (db 0: queues, db 1: websockets) ----------------------------------------
REDIS_URL = env_text("REDIS_URL") or redis_url(DATA_DIR)
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "smartmaint-live"},
    }
}

# --- Celery: the agents (design: late acknowledgement, one at a time, JSON only, no results) ---------------
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 1,  # a sender does not wait for a Redis that is down: the outbox keeps the message
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
    "global_keyprefix": "smartmaint-",
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 110
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # our row counts, not the ack
CELERY_TASK_DEFAULT_QUEUE = "default"

# --- Training: a queue in a database of its own (db 2), with its own limits (`smartmaint.training`) ---------
TRAINING_BROKER_URL = redis_database(CELERY_BROKER_URL, 2)
TRAINING_LIMIT = env_int("SMARTMAINT_TRAINING_LIMIT", 3600)  # seconds until a training is ended, as failed
MLFLOW = env_flag("SMARTMAINT_MLFLOW", True)  # keep MLflow up to date with the models
MLFLOW_TRACKING_URI = env_text("MLFLOW_TRACKING_URI")  # else an embedded server, while it is needed

# --- Events: the backbone (smartmaint.events) --------------------------------------------------------------
EVENTS_MAX_ATTEMPTS = 5
EVENTS_BACKOFF = timedelta(seconds=2)  # after the first failure; four times as long after each further one
EVENTS_RESEND = timedelta(seconds=30)  # sent and not begun by then: sent again, then twice as late each time
EVENTS_GRACE = timedelta(seconds=5)  # begun, and no worker holds its row by then: the worker died
EVENTS_LEASE = timedelta(seconds=150)  # longer than the hard time limit of a task
EVENTS_QUEUED = 500  # deliveries on an agent's queue; more wait in the database, or a backlog is sent twice
EVENTS_RETENTION = timedelta(days=30)

# --- Limits: what one token and one organization may send, unless theirs says otherwise ---------------------
LIMITS_PREFIX = "smartmaint-limit"
LIMITS = {  # readings and requests a second
    "token": (env_int("SMARTMAINT_TOKEN_READINGS", 500_000), env_int("SMARTMAINT_TOKEN_REQUESTS", 5_000)),
    "organization": (
        env_int("SMARTMAINT_ORGANIZATION_READINGS", 1_000_000),
        env_int("SMARTMAINT_ORGANIZATION_REQUESTS", 10_000),
    ),
}
LIMITS_BURST = 2  # seconds' worth at once after a pause
WEB_PROCESSES = env_int("SMARTMAINT_WEB_PROCESSES", 2)  # each keeps its share of the limits without Redis
BACKLOG_LIMIT = env_int("SMARTMAINT_BACKLOG_LIMIT", 900)  # seconds that readings may wait to be judged
POOL_WAIT_LIMIT = env_int("SMARTMAINT_POOL_WAIT_LIMIT", 40)  # requests that wait for a connection, a process

# --- Storage: readings older than this go, month by month; their roll-ups stay. 0 keeps them all ------------
READINGS_RETENTION = timedelta(days=env_int("SMARTMAINT_RETENTION_DAYS", 180))

# --- Imports: where uploaded history waits; every web process and worker must see the same folder ----------
IMPORT_DIR = Path(env_text("SMARTMAINT_IMPORT_DIR", str(DATA_DIR / "imports"))).resolve()
IMPORT_MOST_BYTES = env_int("SMARTMAINT_IMPORT_MOST_MB", 512) * 1024 * 1024
IMPORT_MOST_UNPACKED = env_int("SMARTMAINT_IMPORT_MOST_UNPACKED_MB", 2048) * 1024 * 1024
IMPORT_KEPT = timedelta(days=env_int("SMARTMAINT_IMPORT_DAYS", 30))  # the file; its counts stay

# --- Models: their files; every web process and worker must see the same folder -----------------------------
MODELS_DIR = Path(env_text("SMARTMAINT_MODELS_DIR", str(DATA_DIR / "models"))).resolve()
MODELS_KEPT = env_int("SMARTMAINT_MODELS_KEPT", 5)  # files of archived versions, and of the last that served
MODELS_KEPT_FOR = timedelta(days=env_int("SMARTMAINT_MODELS_DAYS", 90))  # every file, at least

# --- Waveforms: of each sensor the newest snippets are kept, the beginning of long ones ---------------------
WAVEFORMS_KEPT = env_int("SMARTMAINT_WAVEFORMS_KEPT", 20)
WAVEFORM_MOST_SAMPLES = env_int("SMARTMAINT_WAVEFORM_MOST_SAMPLES", 131_072)
WAVEFORMS_KEPT_FOR = timedelta(days=env_int("SMARTMAINT_WAVEFORM_DAYS", 30))

# --- Static files: our own, and those that installed packages ship (never a CDN) ---------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
_plotly = importlib.util.find_spec("plotly")
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [BASE_DIR / "static"]
if _plotly and _plotly.submodule_search_locations:
    STATICFILES_DIRS.append(("plotly", Path(_plotly.submodule_search_locations[0]) / "package_data"))
WHITENOISE_USE_FINDERS = True
warnings.filterwarnings("ignore", "No directory at", UserWarning)  # before collectstatic the finders serve
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600

# --- Messages: links lead to SMARTMAINT_BASE_URL, where people reach the product ------------------------
BASE_URL = env_text("SMARTMAINT_BASE_URL", "http://localhost:8000").rstrip("/")

# --- Connectors: a TOML file that says which brokers and servers to listen to (docs/connectors.md) ---------
_connectors = env_text("SMARTMAINT_CONNECTORS")
CONNECTORS_FILE = str(BASE_DIR / _connectors) if _connectors else ""

# --- E-mail: SMARTMAINT_EMAIL_URL (smtp://user:password@host:587?tls=1), else printed to the log -----------
_mail = urlsplit(env_text("SMARTMAINT_EMAIL_URL"))
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _mail.hostname else 'console'}.EmailBackend"
EMAIL_HOST = _mail.hostname or "localhost"
EMAIL_PORT = _mail.port or 25
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_TLS = "tls=1" in _mail.query
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env_text("SMARTMAINT_EMAIL_FROM", "smartmaint@localhost")

# --- Logs ---------------------------------------------------------------------------------------------
LOGGING = log_settings(
    json=env_text("SMARTMAINT_LOG_FORMAT") == "json", level=env_text("SMARTMAINT_LOG_LEVEL", "INFO")
)
