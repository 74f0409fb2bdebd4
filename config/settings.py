"""All settings, from the environment; what is missing or unsafe stops the start with one clear line."""

from pathlib import Path

import fontpkg_ibm_plex_sans
import fontpkg_ibm_plex_serif
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]"}

# -- Where this copy of the platform lives ---------------------------------------------------------

SECRET_KEY = env.str("SECRET_KEY")
DEBUG = env.bool("DEBUG", False)
# The address that mails, calendar files and QR codes carry.
BASE_URL = env.str("BASE_URL").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# What is allowed only where nobody else can come.
IS_LOCAL = LOOPBACK_HOSTS.issuperset(ALLOWED_HOSTS)
if DEBUG and not IS_LOCAL:
    raise ImproperlyConfigured(
        "DEBUG=true shows settings and data on every error page: ALLOWED_HOSTS may then hold only "
        f"{', '.join(sorted(LOOPBACK_HOSTS))}. Unset DEBUG, or mend ALLOWED_HOSTS."
    )
# Demo mode signs anybody in with one click, so it exists only on a machine's own loopback.
DEMO = env.bool("DEMO", False)
if DEMO and not IS_LOCAL:
    raise ImproperlyConfigured(
        "DEMO=true signs anybody in without a password: ALLOWED_HOSTS may then hold only "
        f"{', '.join(sorted(LOOPBACK_HOSTS))}. Unset DEMO, or mend ALLOWED_HOSTS."
    )
if DEMO and BASE_URL.startswith("https://"):
    raise ImproperlyConfigured(
        "DEMO=true signs anybody in without a password, and https:// in BASE_URL says that others come here. "
        "Unset DEMO."
    )
# The Maildir of the demo's mail catcher.
DEMO_MAILBOX = env.path("DEMO_MAILBOX", BASE_DIR / "var" / "mail")

if not SECRET_KEY or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("SECRET_KEY must not be empty, and ALLOWED_HOSTS must name the hosts: no *.")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# -- Packages: floors from the lowest to the highest -----------------------------------------------

INSTALLED_APPS = [
    "core",
    "people",
    "notifications",
    "courses",
    "enrolment",
    "attendance",
    "certificates",
    "reporting",
    "portal",
    *(["demo"] if DEMO else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "people.middleware.ScreenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.middleware.PrivatePagesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context_processors.product",
            ],
            "builtins": [
                "core.templatetags.components",
                "core.templatetags.traject",
                "django.templatetags.i18n",
            ],
        },
    }
]
FORM_RENDERER = "core.forms.FormRenderer"

# -- Engines ---------------------------------------------------------------------------------------

DATABASES = {"default": env.dj_db_url("DATABASE_URL")}
DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | {
    "application_name": env.str("APPLICATION_NAME", "traject"),
    # Whoever waits longer than this for a row has given up reading the page.
    "options": "-c lock_timeout=15s -c idle_in_transaction_session_timeout=60s",
}
if pool_size := env.int("DATABASE_POOL", 0):
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool_size}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "traject",
        # A page must not hang because Redis is away.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = {
    "notifications.tasks.*": {"queue": "mail"},
    "certificates.tasks.*": {"queue": "certificates"},
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page must not hang because Redis is away: the outbox and the sweeps mend what was not kicked.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "max_retries": 1,
    "interval_start": 0,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
CELERY_TIMEZONE = "Europe/Brussels"

for _key, _value in env.dj_email_url("EMAIL_URL").items():
    globals()[_key] = _value
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Traject <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# -- Files -----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("fonts", Path(fontpkg_ibm_plex_sans.__file__).parent / "files"),
    ("fonts", Path(fontpkg_ibm_plex_serif.__file__).parent / "files"),
]
# Uploaded and generated files are never served by address: a view checks who asks.
MEDIA_ROOT = env.path("MEDIA_ROOT", BASE_DIR / "var" / "media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str("STATICFILES_STORAGE", "whitenoise.storage.CompressedManifestStaticFilesStorage")
    },
}

# -- Languages and time ----------------------------------------------------------------------------

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("fr", "Français"), ("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Brussels"

# -- Signing in ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
# E-mail addresses are unique whatever their case, by a constraint that this check does not know.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["people.backends.Backend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "notifications.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_USER_DISPLAY = "people.rules.display_name"
# Django's own generator: allauth's keeps a second copy of each address, under which one could still sign in.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
# A whole zone shares one address on the network, so the strict limits are those of an account.
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    "login_failed": "100/m/ip,5/300s/key",
    "reset_password": "100/m/ip,5/h/key",
    "reset_password_from_key": "100/m/ip",
}
PASSWORD_RESET_TIMEOUT = 3600 * 4
# The link to the first password: whoever was away for a week still uses it.
ACTIVATION_TIMEOUT = 3600 * 24 * 10
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "people.passwords.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# -- What the browser may do -----------------------------------------------------------------------

SECURE_COOKIES = BASE_URL.startswith("https://")
if not (SECURE_COOKIES or IS_LOCAL):
    raise ImproperlyConfigured(
        "BASE_URL must start with https:// when ALLOWED_HOSTS names more than this machine."
    )
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE_COOKIES
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_COOKIES
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Not in a cookie: what a page says may name a person, on a computer that many use.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# -- What this platform lets its owner choose ------------------------------------------------------

PRODUCT_NAME = "Traject"
# Whom people write to, and who answers for their data; empty reads "to be confirmed".
CONTACT_EMAIL = env.str("CONTACT_EMAIL", "")
CONTROLLER_NAME = env.str("CONTROLLER_NAME", "")
# Days before the first meeting at which each participant gets one reminder.
REMINDER_DAYS = env.int("REMINDER_DAYS", 3)
# Days after which a message that came to its end loses its text.
MESSAGE_RETENTION_DAYS = env.int("MESSAGE_RETENTION_DAYS", 90)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Refused requests are logged with their address, and that may hold a certificate's code.
        "django.request": {"level": "ERROR"},
        # They tell of every step of every certificate.
        "weasyprint.progress": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
