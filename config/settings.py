"""Every setting of Rapport, read once from the environment; docs/operators.md explains each variable."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from config.admin_look import LOOK
from config.environment import (
    TASK_TIME_LIMIT,
    Environment,
    SettingError,
    dask_scheduler,
    database,
    mail,
    redis,
    redis_options,
)
from config.logs import configure_structlog, logging_settings
from config.secret_key import kept_secret_key

env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent

# Where everything lives. "production" asks for its secrets; "embedded" makes what it needs in RAPPORT_DATA.
MODE = env.choice("RAPPORT_MODE", "embedded", ("embedded", "production"))
PRODUCTION = MODE == "production"
DATA = env.folder("RAPPORT_DATA", BASE_DIR / "data")
DEBUG = env.flag("RAPPORT_DEBUG")
HOST = env.text("RAPPORT_HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, low=1, high=65535)
OWNER_EMAIL = env.text("RAPPORT_OWNER_EMAIL")
OWNER_PASSWORD = env.text("RAPPORT_OWNER_PASSWORD")
DEMO = env.flag("RAPPORT_DEMO")

if PRODUCTION:
    SECRET_KEY = env.required("RAPPORT_SECRET_KEY", why="Make one with: openssl rand -base64 64 | tr -d '\\n'")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
        raise SettingError("RAPPORT_SECRET_KEY is too short: use at least 50 random characters.")
    for name in ("RAPPORT_SITE_URL", "DATABASE_URL", "REDIS_URL"):
        env.required(name, why="Production needs it: see .env.example.")
else:
    SECRET_KEY = env.text("RAPPORT_SECRET_KEY") or kept_secret_key(DATA)
SECRET_KEY_FALLBACKS = env.words("RAPPORT_SECRET_KEY_FALLBACKS")

_site = env.url("RAPPORT_SITE_URL", f"http://localhost:{PORT}", schemes=("https", "http"))
SITE_URL = _site.geturl().rstrip("/")
IS_HTTPS = _site.scheme == "https"
_local = [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [_site.hostname or "", *_local, *env.words("RAPPORT_ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [f"{_site.scheme}://{_site.netloc}"]

# Unfold goes first: it replaces templates of the admin.
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.guardian",
    "config",
    "crm",
    "inbox",
    "analytics",
    "automation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "guardian",
    "auditlog",
    "django_celery_beat",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "template_partials",
    "csp",
    # Plug-ins: Django apps of other packages, which register like the rooms above.
    *sorted(plugin.value for plugin in entry_points(group="rapport.plugins")),
]

MIDDLEWARE = [
    "config.security.TrustedProxyMiddleware",
    "config.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.security.AdminPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "crm.middleware.SlashMiddleware",
    "config.security.BodySizeMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.security.PlainTextMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crm.middleware.SignInMiddleware",  # open pages say so: @login_not_required
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "crm.middleware.LocaleOfUserMiddleware",
    "crm.middleware.ActingMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
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
                "csp.context_processors.nonce",
                "crm.context.shell",
            ],
        },
    },
]

FORM_RENDERER = "crm.renderer.FormRenderer"

DATABASES = {"default": database(env, DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who comes in, and how.
AUTH_USER_MODEL = "crm.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "crm.roles.RoleBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "crm:sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "crm:sign-in"
PASSWORD_RESET_TIMEOUT = 3600
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 5 / 60  # hours: five tries in five minutes, so that a victim is slowed and never locked out
AXES_LOCK_OUT_AT_FAILURE = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # crm.admin.system has one page of it, in words
AXES_USERNAME_FORM_FIELD = "username"  # what the form sends; by default axes looks for the model's field
AXES_CLIENT_STR_CALLABLE = "crm.limits.unnamed"
AXES_LOCKOUT_TEMPLATE = "crm/locked_out.html"

# Logs.
configure_structlog()
LOGGING = logging_settings(
    level=env.choice("RAPPORT_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    as_json=env.choice("RAPPORT_LOG_FORMAT", "json", ("json", "text")) == "json",
)

# Languages.
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("pt", "Português"),
    ("nl", "Nederlands"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# Files.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = str(BASE_DIR / "static-built") if PRODUCTION else None
MEDIA_ROOT = DATA / "files"
_static_storage = (
    "config.static_files.HashedFiles" if PRODUCTION else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_storage},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = not PRODUCTION  # the embedded default serves files where they lie: no build step

# Security: https is decided by the site's own address, so that plain http on localhost works too.
SESSION_COOKIE_NAME = "__Host-sessionid" if IS_HTTPS else "sessionid"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "crm.sessions"
SESSION_COOKIE_AGE = 8 * 3600  # without use
SESSION_LONGEST = 14 * 24 * 3600  # in use
SESSION_LONGEST_IN_ADMIN = 12 * 3600
SESSION_WRITTEN_EVERY = 600
CSRF_COOKIE_NAME = "__Host-csrftoken" if IS_HTTPS else "csrftoken"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "crm.views.errors.csrf_failure"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# Whom we believe about X-Forwarded-For and X-Forwarded-Proto; the web server itself speaks plain http.
TRUSTED_PROXIES = env.networks("RAPPORT_PROXIES", "127.0.0.1,::1" if IS_HTTPS else "")
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked by the machine itself

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    },
}
# The admin's theme runs the standard build of Alpine, which evaluates strings; its pages get their own policy.
ADMIN_CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **CONTENT_SECURITY_POLICY["DIRECTIVES"],
        "script-src": [SELF, NONCE, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
    },
}

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crm.api.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["crm.api.auth.MayCall"],
    "DEFAULT_THROTTLE_CLASSES": ["crm.api.auth.ApiThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["crm.api.parsers.PlainJSONParser"],
    "EXCEPTION_HANDLER": "crm.api.problems.handle_problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rapport API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["crm.api.auth.MayCall"],  # the description of the API is for those who may use it
}

UNFOLD = {
    **LOOK,
    "SITE_TITLE": "Rapport",
    "SITE_HEADER": "Rapport",
    "SITE_URL": "/",
    "SITE_SUBHEADER": _("Set-up"),
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"navigation": "config.admin_menu.menu"},
}

# Mail goes out through one server; without it mails wait and the pages say so.
_mail = mail(env, _site)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _mail.sender
MAIL_SENDER = _mail.address
MAIL_DOMAIN = _mail.address.rpartition("@")[2]
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+starttls", _mail.scheme == "smtps"
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"

# Counters of limits live where every process sees them: in Redis, or in files of the data folder.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.text("REDIS_URL"),
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
    if env.text("REDIS_URL")
    else {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(DATA / "cache"),
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

# A Dask cluster that is there already may grow the trees of a large shop (docs/adr/0007); without it all is done here.
DASK_SCHEDULER = dask_scheduler(env)

# Work behind the pages. The database is the queue of record; the broker only wakes workers (docs/adr/0001).
QUEUE_FILE = DATA / "queue.sqlite3"
REDIS_URL = redis(env)
CELERY_BROKER_URL = REDIS_URL or "queuefile://localhost/"
CELERY_BROKER_TRANSPORT_OPTIONS = redis_options() if REDIS_URL else {"path": str(QUEUE_FILE)}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}
# Queues: interactive for what somebody waits for, and for all that is not named here; bulk and train for long work.
CELERY_TASK_DEFAULT_QUEUE = "interactive"
_LONG_WORK = {
    "bulk": (
        "config.beat_heavy",
        "crm.fill_demo",
        "crm.remove_demo",
        "crm.run_import",
        "crm.tidy_imports",
        "analytics.count_report",
        "analytics.mail_reports",
        "analytics.recount_reports",
        "analytics.rebuild_reports",
    ),
    "train": (
        "analytics.retrain",
        "analytics.train",
        "analytics.learn_moods",
        "analytics.learn_topics",
        "analytics.count_metrics",
    ),
}
CELERY_TASK_ROUTES = {name: {"queue": queue} for queue, names in _LONG_WORK.items() for name in names}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None  # there are no results to clean up
CELERY_TASK_TIME_LIMIT = TASK_TIME_LIMIT
CELERY_TASK_SOFT_TIME_LIMIT = TASK_TIME_LIMIT - 60
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_LOST_WAIT = 2.0
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 180_000  # kB: a child that trained a model ends, and its memory is given back
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
