"""Django's settings of the page.

Without further settings it is for one person on this machine. ``HUMANPOSE3D_APP_URL`` is the address under which a
web server shows it to others; ``https`` there switches on what Django's deployment checks ask for.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from django.conf.locale import LANG_INFO
from django.utils.functional import SimpleLazyObject

from humanpose3d.django_app.page.access.environment import database_of, quota_gb
from humanpose3d.django_app.page.access.secret import secret_key
from humanpose3d.model_assets import UserPaths
from humanpose3d.report.language import LOCALE, languages

_BASE = UserPaths.default().base
APP_URL = os.environ.get("HUMANPOSE3D_APP_URL", "").strip()
_ADDRESS = urlsplit(APP_URL)
_ENCRYPTED = _ADDRESS.scheme == "https"

APP_FOLDER = _BASE / "app"
"""For unfinished uploads, pictures and comparisons, the secret, and the lock of the server."""
APP_TOKEN: str | None = None
"""What the address must carry; None where people log in. ``humanpose3d app`` sets it."""
QUOTA_GB = quota_gb(os.environ)
"""How much the videos of an account may take."""

SECRET_KEY = SimpleLazyObject(lambda: secret_key(APP_FOLDER))
DEBUG = False
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = [*LOOPBACK, *([_ADDRESS.hostname] if _ADDRESS.hostname else [])]
CSRF_TRUSTED_ORIGINS = [f"{_ADDRESS.scheme}://{_ADDRESS.netloc}"] if _ADDRESS.netloc else []

INSTALLED_APPS = [
    "humanpose3d.django_app.page",
    "humanpose3d.django_app",
    "django_tasks_db",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "humanpose3d.django_app.page.access.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "humanpose3d.django_app.page.access.local_time.LocalTimeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "humanpose3d.django_app.page.access.middleware.AccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "humanpose3d.django_app.page.urls"
WSGI_APPLICATION = "humanpose3d.django_app.page.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "humanpose3d.django_app.page.views.context.app",
            ]
        },
    }
]

# Readers never wait for a writer, and writers wait for each other instead of failing.
_SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
DATABASES = {"default": database_of(os.environ, _BASE / "humanpose3d.sqlite3")}
DATABASES["default"]["CONN_MAX_AGE"] = 600
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"].setdefault("OPTIONS", {}).update(_SQLITE_OPTIONS)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

LANGUAGE_CODE = "en"
LANGUAGES = [(code, LANG_INFO[code]["name_local"]) for code in languages()]  # those of the reports
LOCALE_PATHS = [LOCALE]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # of the database; people see that of this machine

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # nothing has to be collected first

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

SESSION_COOKIE_NAME = "humanpose3d_session"
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "humanpose3d_csrf"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Strict"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if _ENCRYPTED:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True

FILE_UPLOAD_HANDLERS: list[str] = []  # videos come as raw slices; a form with a file is refused
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "humanpose3d.app": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "waitress": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "django_tasks_db": {"handlers": ["console"], "level": "ERROR", "propagate": False},
    },
}
