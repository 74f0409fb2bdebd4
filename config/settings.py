"""All settings, from the environment; what is missing or unsafe stops the start with one clear line.

Each variable may name a file instead, which holds the value: SECRET_KEY_FILE=/run/secrets/secret_key.
"""

from datetime import time
from pathlib import Path
from urllib.parse import quote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.files import storage_at
from core.logs import logging_config

env = FileAwareEnv(strip_whitespace=True)

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]"}

# -- Where this copy of the platform lives ---------------------------------------------------------

SECRET_KEY = env.str("SECRET_KEY")
# Earlier keys: what they signed or encrypted can still be read.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
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
    "tracks",
    "certificates",
    "reporting",
    "portal",
    *(["demo"] if DEMO else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "csp",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
    # Before host, redirect and session are looked at: a container asks itself, as localhost, without TLS.
    "core.health.HealthMiddleware",
    "core.logs.RequestLogMiddleware",
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
    "people.middleware.SecondFactorMiddleware",
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
                "portal.templatetags.navigation",
                "django.templatetags.i18n",
            ],
        },
    }
]
FORM_RENDERER = "core.forms.FormRenderer"

# -- Engines ---------------------------------------------------------------------------------------

DATABASES = {"default": env.dj_db_url("DATABASE_URL", engine="core.postgresql")}
if password := env.str("DATABASE_PASSWORD", ""):
    DATABASES["default"]["PASSWORD"] = password
DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | {
    # Says in pg_stat_activity which process holds what.
    "application_name": env.str("APPLICATION_NAME", "traject"),
    # A server that is silent is as good as away.
    "connect_timeout": 5,
    "tcp_user_timeout": 20_000,
    "options": " ".join(
        f"-c {name}={value}s"
        for name, value in {
            # Whoever waits longer than this for a row has given up reading the page. A migration waits less:
            # behind the lock that it asks for, everybody else waits too.
            "lock_timeout": env.int("DATABASE_LOCK_TIMEOUT", 15),
            # A page; 0 is no limit (manage.py sets that, a worker what its tasks may take).
            "statement_timeout": env.int("DATABASE_STATEMENT_TIMEOUT", 30),
            "idle_in_transaction_session_timeout": 60,
        }.items()
    ),
}
# For the web process: fewer connections than it has threads. As many as have one work at a time, which is
# faster than if all of them did; a rush can't take the server's last one. A worker has none: Celery closes
# what a task used.
if pool_size := env.int("DATABASE_POOL", 0):
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
    # They live long enough for plans that are kept to pay (``core.prepared``). To plan such a statement for
    # each person anew takes PostgreSQL several times as long as to carry it out.
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 2
    DATABASES["default"]["OPTIONS"]["options"] += " -c plan_cache_mode=force_generic_plan"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
if password := env.str("REDIS_PASSWORD", ""):
    _url = urlsplit(REDIS_URL)
    REDIS_URL = _url._replace(netloc=f":{quote(password, safe='')}@{_url.netloc.rpartition('@')[2]}").geturl()
CACHES = {
    "default": {
        "BACKEND": "core.outage.RedisOrMemoryCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "traject",
        # A page asks once and not for long; then the outage begins.
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 1, "retry": Retry(NoBackoff(), 0)},
    },
    # What pages say of the catalogue, under the fingerprint of its rows (`courses.library`), and what is the
    # same on all of them; never a seat.
    "texts": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "texts",
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    },
}
SESSION_ENGINE = "people.sessions"

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
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A page must not hang because Redis is away: the outbox and the sweeps mend what was not enqueued.
    "socket_connect_timeout": 0.5,
    # More than the second for which a worker's question waits at the server.
    "socket_timeout": 2,
    "max_retries": 0,
    "interval_start": 0,
    # What a worker that was killed had taken goes to another, once it can't be running any more.
    "visibility_timeout": 2 * CELERY_TASK_TIME_LIMIT,
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
# The fonts are made by the set-up (scripts/make_fonts.py).
STATICFILES_DIRS = [BASE_DIR / "static", ("fonts", BASE_DIR / "var" / "fonts")]
STORAGES = {
    # Uploaded and generated files are never served by address: a view checks who asks.
    "default": storage_at(env.str("FILES_URL", (BASE_DIR / "var" / "files").as_uri())),
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
ACCOUNT_FORMS = {"user_token": "people.forms.ResetLinkForm"}
# A whole zone shares one address on the network, so the strict limits are those of an account. Of an address:
# the largest zones have some 3,000 people, who may all come in the minute in which a training opens; and of
# those who come at eight, even in such a minute, not a hundred mistype.
ACCOUNT_RATE_LIMITS = {
    "login": "3000/m/ip",
    "login_failed": "100/m/ip,5/300s/key",
    "reset_password": "100/m/ip,5/h/key",
    "reset_password_from_key": "100/m/ip",
}
# The second step: an authenticator app, passkeys (which also sign in alone), and codes for a lost device.
MFA_ADAPTER = "people.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "people.factor_forms.CodeForm",
    "reauthenticate": "people.factor_forms.CodeAgainForm",
    "activate_totp": "people.factor_forms.AppForm",
    "add_webauthn": "people.factor_forms.PasskeyForm",
    "edit_webauthn": "people.factor_forms.PasskeyNameForm",
    "login_webauthn": "people.factor_forms.PasskeySignInForm",
}
# A phone's clock may be half a minute off; a code that was used is refused all the same.
MFA_TOTP_TOLERANCE = 1
# Nobody guesses a passkey: as many as may come.
MFA_RATE_LIMITS = {"webauthn_login": "3000/m/ip"}
# Who has one of these roles, and no second factor, sets one up before anything else.
MFA_REQUIRED_ROLES: list[str] = env.list("MFA_REQUIRED_ROLES", ["administrator"])
# An identity provider that speaks OpenID Connect, beside the password; see docs/sign-in.md.
OIDC_ISSUER = env.str("OIDC_ISSUER", "")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", "")
# What people call it: on the button.
OIDC_NAME = env.str("OIDC_NAME", "") or urlsplit(OIDC_ISSUER).hostname or ""
OIDC_SCOPES: list[str] = env.list("OIDC_SCOPES", ["openid"])
# The claim that holds the staff number; naming it says that the provider itself vouches for it.
OIDC_STAFF_NUMBER_CLAIM = env.str("OIDC_STAFF_NUMBER_CLAIM", "")
if OIDC_ISSUER and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    raise ImproperlyConfigured("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET beside it.")
if OIDC_ISSUER and not (OIDC_ISSUER.startswith("https://") or IS_LOCAL):
    raise ImproperlyConfigured("OIDC_ISSUER must start with https://: whoever listens could be anybody.")
SOCIALACCOUNT_ADAPTER = "people.provider.ProviderAdapter"
# Seconds for an answer of the provider: a page waits for it.
SOCIALACCOUNT_REQUESTS_TIMEOUT = 4
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
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE_COOKIES
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_COOKIES
# How many proxies of one's own stand in front: only what the nearest ones say of the client is believed.
PROXY_COUNT = env.int("PROXY_COUNT", 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None
ALLAUTH_TRUSTED_PROXY_COUNT = PROXY_COUNT
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
        "img-src": [SELF],
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
# Whom HR or an academy enrolled in what is voluntary can decline it for so many days after being told.
DAYS_TO_DECLINE = env.int("DAYS_TO_DECLINE", 7)
# For how many days HR sees who left and which bookings that freed.
LEAVERS_LISTED_DAYS = env.int("LEAVERS_LISTED_DAYS", 90)
# Who waits is asked first when fewer days than these are left; before, a freed seat is theirs at once.
OFFER_NEAR_DAYS = env.int("OFFER_NEAR_DAYS", 7)
# Hours for an answer; only those between the two times of the day count.
OFFER_HOURS = env.int("OFFER_HOURS", 24)
OFFER_DAY_BEGINS = env.time("OFFER_DAY_BEGINS", time(7))
OFFER_DAY_ENDS = env.time("OFFER_DAY_ENDS", time(20))
if OFFER_HOURS <= 0 or OFFER_DAY_BEGINS >= OFFER_DAY_ENDS:
    raise ImproperlyConfigured("OFFER_HOURS must be above 0, and OFFER_DAY_BEGINS before OFFER_DAY_ENDS.")
# On the last working day before a session nobody moves up any more from this time on.
MOVING_UP_ENDS = env.time("MOVING_UP_ENDS", time(12))
# For so many days a seat is held for somebody who still needs an approval.
APPROVAL_HOLD_DAYS = env.int("APPROVAL_HOLD_DAYS", 5)
# Working days after which approvers and their deputies are reminded, and between two reminders.
APPROVAL_REMINDER_DAYS = env.int("APPROVAL_REMINDER_DAYS", 2)
# For how many days somebody stays on the list of those who want to hear of the next dates of a course.
INTEREST_KEPT_DAYS = env.int("INTEREST_KEPT_DAYS", 730)
# After an exception to a prerequisite was declined or ended.
EXCEPTIONS_KEPT_DAYS = env.int("EXCEPTIONS_KEPT_DAYS", 180)
# Days after which a message that came to its end loses its text.
MESSAGE_RETENTION_DAYS = env.int("MESSAGE_RETENTION_DAYS", 90)

# Where only invented people are, lines are for reading.
LOGGING = logging_config(level=env.str("LOG_LEVEL", "INFO"), as_json=not DEMO)
