"""Every setting, read from the environment in this one file; .env.example lists them all.

Without any variable Tandem runs embedded: SQLite, an in-process Celery worker, files in var/, mail kept in the outbox.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("TANDEM_VAR", BASE_DIR / "var"))
VAR_DIR.mkdir(parents=True, exist_ok=True)


def flag(name: str, default: bool = False) -> bool:
    """A yes/no variable: 1, true, yes and on are yes."""
    return os.environ.get(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated variable."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


# Who runs here -------------------------------------------------------------------------------------------------------
DEMO_KEY = "demo-key-only-for-trying-tandem-out-on-your-own-machine"
SECRET_KEY = os.environ.get("SECRET_KEY", DEMO_KEY)
DEBUG = flag("DEBUG")
DEMO = flag("TANDEM_DEMO")
PRODUCTION = flag("TANDEM_PRODUCTION")
REDIS_URL = os.environ.get("REDIS_URL", "")
EMBEDDED = not REDIS_URL
SITE_URL = os.environ.get("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = words("ALLOWED_HOSTS", f"{urlsplit(SITE_URL).hostname},localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "psa.tenancy",
    "psa.journal",
    "psa.batches",
    "psa.imports",
    "psa.lanes",
    "psa.timers",
    "psa.mail",
    "psa.calendars",
    "psa.directory",
    "psa.members",
    "psa.tenant_settings",
    "psa.accounts",
    "psa.web",
    "psa.operators",
    "psa.support",
    "tickets",
    "outsourcing",
    "workflows",
    "billing",
    "demo",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "anymail",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "psa.tenancy.middleware.SignInMiddleware",
    "psa.web.middleware.ReaderMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "psa.accounts.middleware.IdleMiddleware",
    "psa.tenancy.middleware.TenantMiddleware",
    "psa.journal.middleware.OriginMiddleware",
    "psa.web.middleware.TenantReaderMiddleware",
]

ROOT_URLCONF = "psa.urls"
WSGI_APPLICATION = "psa.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "psa.web.context.page",
            ],
            "builtins": [
                "psa.web.templatetags.ui",
                "psa.web.templatetags.fields",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
        },
    }
]

FORM_RENDERER = "psa.web.forms.Renderer"

# Database ------------------------------------------------------------------------------------------------------------
# Migrations run as the owner (MIGRATE_DATABASE_URL); everything else as a role that row-level security binds.
_migrating = len(sys.argv) > 1 and sys.argv[1] in {"migrate", "test_postgres_owner"}
_url = os.environ.get("MIGRATE_DATABASE_URL") if _migrating else None
DATABASE_URL = _url or os.environ.get("DATABASE_URL", "")
APP_ROLE = os.environ.get("TANDEM_APP_ROLE", "tandem_app")


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("TANDEM_SQLITE", VAR_DIR / "tandem.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-8000;",
            },
            "TEST": {"NAME": str(VAR_DIR / "test.sqlite3")},
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL must begin with postgresql://, not {parts.scheme}://")
    return {
        "ENGINE": "psa.tenancy.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            "server_side_binding": True,
            "prepare_threshold": 3,
            "pool": {"min_size": 1, "max_size": int(os.environ.get("DATABASE_POOL", "10"))},
        },
        "TEST": {"NAME": os.environ.get("TEST_DATABASE_NAME", "test_tandem")},
    }


DATABASES = {"default": _database(DATABASE_URL)}

# People --------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = ["psa.accounts.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are proved by invitation
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "psa.accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a stranger's mailbox gets nothing (hostile test B2)
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 60 * 10
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/300s/key", "reset_password": "20/h/ip,5/h/key"}
MFA_ADAPTER = "psa.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {"authenticate": "psa.accounts.forms.SecondFactorForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# How many proxies of ours stand in front: so many entries of X-Forwarded-For are believed, from its end.
ALLAUTH_TRUSTED_PROXY_COUNT = int(
    os.environ.get("TRUSTED_PROXIES", "1" if PRODUCTION and flag("BEHIND_PROXY", True) else "0")
)
# A company's identity provider may stand in a private network, without https: for trying out, never where companies
# that do not know each other share an installation.
SIGN_ON_ANYWHERE = flag("SIGN_ON_ANYWHERE", not PRODUCTION)
# Certificates this server trusts when it calls others, where they are not the usual ones.
CA_BUNDLE = os.environ.get("CA_BUNDLE", "")
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_NAME = "tandem_session"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "tandem_csrf"
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "psa.web.errors.csrf_failure"

# Languages and time --------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("lv", "Latviešu")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "psa.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_COOKIE_NAME = "tandem_language"

# Files ---------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", VAR_DIR / "files"))
UPLOAD_LIMIT = int(os.environ.get("UPLOAD_LIMIT_MB", "25")) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
if "S3_BUCKET" in os.environ:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": os.environ["S3_BUCKET"],
            "endpoint_url": os.environ.get("S3_ENDPOINT") or None,
            "querystring_auth": True,
        },
    }
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_MAX_AGE = 60 if DEBUG else 31536000

# Jobs and cache ------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"socket_connect_timeout": 1, "socket_timeout": 5} if REDIS_URL else {"polling_interval": 0.05}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "lanes": {"task": "lanes.drain", "schedule": 1.0, "options": {"expires": 5}},
    "timers": {"task": "timers.sweep", "schedule": 1.0, "options": {"expires": 5}},
    "mail": {"task": "mail.send_due", "schedule": 1.0, "options": {"expires": 5}},
    "mail in": {"task": "mail.take_in", "schedule": 1.0, "options": {"expires": 5}},
    "mail fetched": {"task": "mail.fetch", "schedule": 60.0, "options": {"expires": 50}},
    "journal": {"task": "journal.work", "schedule": 1.0, "options": {"expires": 5}},
    "billing-papers": {"task": "billing.papers", "schedule": 2.0, "options": {"expires": 10}},
    "batches": {"task": "batches.work", "schedule": 1.0, "options": {"expires": 5}},
    "tidy": {"task": "batches.tidy", "schedule": 3600.0, "options": {"expires": 600}},
    "accounts": {"task": "accounts.forget", "schedule": 3600.0, "options": {"expires": 600}},
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10000}}
}

# How often one person may, by kind: so many a second, minute, hour or day; 0 is no limit (psa/web/throttle.py).
RATE_LIMITS = {
    "search": os.environ.get("RATE_LIMIT_SEARCH", "300/m"),
    "export": os.environ.get("RATE_LIMIT_EXPORT", "100/h"),
    "upload": os.environ.get("RATE_LIMIT_UPLOAD", "500/h"),
    "portal_code": os.environ.get("RATE_LIMIT_PORTAL_CODE", "5/h"),
    "portal_door": os.environ.get("RATE_LIMIT_PORTAL_DOOR", "30/h"),
    "request": os.environ.get("RATE_LIMIT_REQUEST", "60/h"),
    "acknowledgement": os.environ.get("RATE_LIMIT_ACKNOWLEDGEMENT", "10/h"),
}
for _kind, _limit in RATE_LIMITS.items():
    if not re.fullmatch(r"\d{1,9}/[smhd]", _limit):
        raise ImproperlyConfigured(f"RATE_LIMIT_{_kind.upper()} must look like 300/m, not {_limit}")

# Whether companies' workflow rules run at all. Off, they can be written and tried, and nothing happens by itself.
RULES = flag("TANDEM_RULES", True)

# Mail ----------------------------------------------------------------------------------------------------------------
# Without a host nothing leaves: the mails stay in the outbox page.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = os.environ.get(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.dummy.EmailBackend",
)
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "Tandem <tandem@example.com>")
MAIL_DOMAIN = os.environ.get("MAIL_DOMAIN", "tandem.example.com")

# Mail that comes in: <company>@MAIL_DOMAIN, and answers at the address below with a key behind a plus sign.
MAIL_IN = flag("MAIL_IN")
MAIL_REPLY_TO = os.environ.get("MAIL_REPLY_TO", "") or f"reply@{MAIL_DOMAIN}"
MAIL_REPLY_DAYS = int(os.environ.get("MAIL_REPLY_DAYS", "90"))
# How our own mail server calls itself in Authentication-Results: what it saw pass is believed.
MAIL_AUTHORITY = os.environ.get("MAIL_AUTHORITY", "")
# The company that gets what no address claims; without one such mail is turned away at the door.
MAIL_FALLBACK = os.environ.get("MAIL_FALLBACK", "")
MAIL_LIMITS: dict[str, Any] = {
    "size": int(os.environ.get("MAIL_LIMIT_MB", "25")) * 1024 * 1024,
    "parts": int(os.environ.get("MAIL_LIMIT_PARTS", "500")),
    "depth": int(os.environ.get("MAIL_LIMIT_DEPTH", "20")),
    "files": int(os.environ.get("MAIL_LIMIT_FILES", "50")),
    "seconds": float(os.environ.get("MAIL_LIMIT_SECONDS", "20")),
}
# So many mails an hour from one address on one ticket, and so many acknowledgements an hour to one address.
MAIL_PER_SENDER = int(os.environ.get("MAIL_PER_SENDER", "20"))
MAIL_ACKNOWLEDGEMENTS = int(os.environ.get("MAIL_ACKNOWLEDGEMENTS", "3"))
# Mailboxes that are fetched: imaps://user:password@host/INBOX?to=address, comma-separated; and a maildir.
MAIL_IMAP = words("MAIL_IMAP")
MAIL_DIRECTORY = os.environ.get("MAIL_DIRECTORY", "")
# user:password of a mail service's webhooks; without it they do not exist.
MAIL_WEBHOOK_SECRET = os.environ.get("MAIL_WEBHOOK_SECRET", "")
if MAIL_WEBHOOK_SECRET:  # a service posts a mail as a form
    DATA_UPLOAD_MAX_MEMORY_SIZE = MAIL_LIMITS["size"]
# What a mail service needs besides, its keys for one, under the name anymail gives it: ANYMAIL_MAILGUN_API_KEY.
ANYMAIL: dict[str, Any] = {
    name.removeprefix("ANYMAIL_"): value for name, value in os.environ.items() if name.startswith("ANYMAIL_")
} | {"WEBHOOK_SECRET": MAIL_WEBHOOK_SECRET or [], "IGNORE_UNSUPPORTED_FEATURES": True}

# What the operator bills ---------------------------------------------------------------------------------------------
OPERATOR_CURRENCY = os.environ.get("OPERATOR_CURRENCY", "EUR")

# What a browser may do -----------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = flag("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = int(os.environ.get("SECURE_HSTS_SECONDS", "31536000"))
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if flag("BEHIND_PROXY", True):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off in production.")
    if SECRET_KEY == DEMO_KEY:
        raise ImproperlyConfigured("Production needs a SECRET_KEY of its own; the demo's key is public.")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
