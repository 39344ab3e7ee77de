"""All settings of the product, from the environment. A missing or bad value stops the start with its name.

Every variable may also be given as NAME_FILE, the path of a file that holds the value (a mounted secret).
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv

from config import escape_hatches

BASE_DIR = Path(__file__).resolve().parent.parent
env = FileAwareEnv(strip_whitespace=True)

# What this installation is

SECRET_KEY = env.str("SECRET_KEY")
PUBLIC_URL = env.str("PUBLIC_URL").rstrip("/")
INSECURE_DEMO = env.bool("INSECURE_DEMO", False)
DEBUG = False

_public = urlsplit(PUBLIC_URL)
if _public.scheme != "https" and not (INSECURE_DEMO and _public.scheme == "http"):
    raise ImproperlyConfigured("PUBLIC_URL must begin with https:// (plain http is for the demo alone).")
if not _public.hostname or _public.path:
    raise ImproperlyConfigured("PUBLIC_URL must be an origin such as https://approve.example.com, without a path.")
escape_hatches.refuse(os.environ, real=not INSECURE_DEMO)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [_public.hostname])

# Workday

WORKDAY_HOSTS = env.list("WORKDAY_HOSTS", ["workday.com", "myworkday.com"])
WORKDAY_PLAIN_ORIGINS: list[str] = env.list("WORKDAY_PLAIN_ORIGINS", [])
if WORKDAY_PLAIN_ORIGINS and not INSECURE_DEMO:
    raise ImproperlyConfigured("WORKDAY_PLAIN_ORIGINS is for the demo's sandbox tenant and needs INSECURE_DEMO.")
TOKEN_KEYS = env.str("TOKEN_KEYS")

# Decisions: all durations in seconds. The deadlines nest: one read and one send, then the lease, then the hard kill.


def _seconds(name: str, usual: float) -> float:
    """A duration that may be longer than usual, and shorter only in a demo or a test."""
    seconds = env.float(name, usual)
    if seconds < usual and not INSECURE_DEMO:
        raise ImproperlyConfigured(f"{name} must be at least {usual:g}: Workday needs that time.")
    return seconds


UNDO_SECONDS = env.float("UNDO_SECONDS", 5.0)
if not 0 <= UNDO_SECONDS <= 300:
    raise ImproperlyConfigured("UNDO_SECONDS must lie between 0 and 300.")
READ_SECONDS = _seconds("READ_SECONDS", 5.0)
SEND_SECONDS = _seconds("SEND_SECONDS", 15.0)
# Workday may still be finishing a request whose deadline has passed on our side.
GRACE_SECONDS = _seconds("GRACE_SECONDS", 5.0)
# Two reads that show a task open, this far apart, are needed before anything is sent a second time.
READS_APART_SECONDS = _seconds("READS_APART_SECONDS", 10.0)
LEASE_SECONDS = _seconds("LEASE_SECONDS", 60.0)
SWEEP_SECONDS = env.float("SWEEP_SECONDS", 5.0)
HARD_KILL_SECONDS = 90
# A call may first wait for another worker's renewal of the token, and then for its own (connections.tokens).
_token_seconds = 0.0 if INSECURE_DEMO else 22.0
_one_send = READ_SECONDS + _token_seconds + SEND_SECONDS
if not 0 < READ_SECONDS <= SEND_SECONDS < _one_send < LEASE_SECONDS < HARD_KILL_SECONDS:
    raise ImproperlyConfigured(
        f"READ_SECONDS, SEND_SECONDS and {_token_seconds:g} s for a token must together be shorter than LEASE_SECONDS, "
        f"and that than {HARD_KILL_SECONDS} s: a lease that ends during a send would let two workers send."
    )
if GRACE_SECONDS <= 0 or READS_APART_SECONDS <= 0 or not 0 < SWEEP_SECONDS <= 60:
    raise ImproperlyConfigured("GRACE_SECONDS and READS_APART_SECONDS must be above 0, SWEEP_SECONDS between 0 and 60.")
# See connections.failpoints; a real installation must not be made to fail by its environment.
FAILPOINT = env.str("FAILPOINT", "")
if FAILPOINT and not INSECURE_DEMO:
    raise ImproperlyConfigured("FAILPOINT makes the product fail on purpose and needs INSECURE_DEMO.")
INBOX_FRESH_SECONDS = env.float("INBOX_FRESH_SECONDS", 60.0)
DEFAULT_APPROVE_COMMENT = env.str("DEFAULT_APPROVE_COMMENT", "Approved with Countersign.")
if not DEFAULT_APPROVE_COMMENT:
    raise ImproperlyConfigured("DEFAULT_APPROVE_COMMENT must not be empty: Workday requires a comment.")
DEFAULT_DONE_COMMENT = env.str("DEFAULT_DONE_COMMENT", "Done with Countersign.")
if not DEFAULT_DONE_COMMENT:
    raise ImproperlyConfigured("DEFAULT_DONE_COMMENT must not be empty: it is what tells our click from others.")

# Django

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "template_partials",
    "audit",
    "accounts",
    "connections",
    "inbox",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compression.CompressPages",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.reader_time_zone",
    "accounts.middleware.private_pages",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
                "csp.context_processors.nonce",
                "config.context.installation",
            ],
        },
    }
]

# PostgreSQL is the only database: the queue, the leases and the constraints rest on its row locks.
DATABASES = {
    "default": dj_database_url.parse(
        env.str("DATABASE_URL"), conn_max_age=env.int("CONN_MAX_AGE", 60), conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must be a postgresql:// URL; SQLite ignores the row locks decisions need.")
# A database host that vanishes without a word is noticed within seconds; the system's own limit is two hours.
_database_link = {
    "application_name": "countersign",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
DATABASES["default"]["OPTIONS"] = {**_database_link, **DATABASES["default"].get("OPTIONS", {})}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sign-in must survive the loss of Redis, so throttling is counted in PostgreSQL too.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Sign-in

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "inbox:list"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.forms.SignInForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Countersign: "
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)

EMAIL_HOST = env.str("EMAIL_HOST", "")
# Without a mail server nothing is sent; printing mails would put one-time links into the log.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"
EMAIL_PORT = env.int("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"Countersign <no-reply@{_public.hostname}>")

# The browser: cookies are Secure and names carry __Host- wherever TLS is spoken.

_tls = _public.scheme == "https"
SESSION_COOKIE_NAME = "__Host-session" if _tls else "countersign_session"
CSRF_COOKIE_NAME = "__Host-csrf" if _tls else "countersign_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _tls
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_SSL_REDIRECT = _tls and env.bool("SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 63_072_000 if _tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _tls
# Under no-referrer browsers send "Origin: null" with forms, which the CSRF check must refuse.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_TLS_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE, "'strict-dynamic'"],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [NONE],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Celery: a message is only a wake-up, so nothing in the broker is ever the record.

REDIS_URL = env.str("REDIS_URL")
if not REDIS_URL.startswith(
    ("redis://", "rediss://", "unix://", "redis+socket://", "sentinel://", "amqp://", "amqps://")
):
    raise ImproperlyConfigured("REDIS_URL must name a real broker; in-memory and file brokers lose running tasks.")
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = HARD_KILL_SECONDS
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", "countersign")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "inbox.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "clear-sessions": {"task": "accounts.clear_sessions", "schedule": 3600.0, "options": {"expires": 3600}},
    "verify-vault": {"task": "connections.verify_vault", "schedule": crontab("17", "3"), "options": {"expires": 3600}},
    "renew-idle": {"task": "connections.renew_idle", "schedule": 3600.0, "options": {"expires": 3600}},
    "remind": {"task": "connections.remind", "schedule": 300.0, "options": {"expires": 300}},
    "alarm": {"task": "connections.alarm", "schedule": 60.0, "options": {"expires": 60}},
    "send-notices": {"task": "inbox.send_notices", "schedule": 60.0, "options": {"expires": 60}},
    "sync-due-inboxes": {"task": "inbox.sync_due", "schedule": 30.0, "options": {"expires": 30}},
}

# Logs: the libraries that would write tokens at DEBUG are held at WARNING whatever LOG_LEVEL says.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "WARNING")},
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("requests_oauthlib", "oauthlib", "urllib3", "requests", "celery", "kombu")
    },
}
