"""All settings, from environment variables; a variable that is wrong or misspelt stops the start and is named.

docs/SETTINGS.md lists them. Nothing needs to be set for trying the site out with ``manage.py up``.
"""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port, validate_host
from environs import Env, EnvValidationError, ValidationError, validate

from musicsite import __version__, values

VERSION = __version__
BASE_DIR = Path(__file__).resolve().parent.parent

env = Env(eager=False)
env.add_parser("hosts", values.hosts)
env.add_parser("options", values.options)
env.add_parser("networks", values.networks)

# -- Where everything lives -----------------------------------------------------------------------------------------

DATA_DIR = Path(env.str("MUSICSITE_DATA_DIR", str(BASE_DIR / "var"), validate=values.folder) or "var").absolute()
DATABASE_URL = env.str("DATABASE_URL", "")
REDIS_URL = env.str("MUSICSITE_REDIS_URL", "")  # wake-ups go through Redis instead of the database
SITE_URL = env.str("MUSICSITE_URL", "", validate=values.origin)  # https://music.example.org; needed in production
PORT = env.int("PORT", 8000, validate=validate.Range(0, 65535))

S3_BUCKET = env.str(
    "MUSICSITE_S3_BUCKET", "", validate=values.bucket
)  # tracks are kept in this bucket instead of the data folder
S3_ENDPOINT = env.str("MUSICSITE_S3_ENDPOINT", "", validate=values.endpoint)  # empty: Amazon's
S3_PUBLIC_ENDPOINT = env.str("MUSICSITE_S3_PUBLIC_ENDPOINT", "", validate=values.endpoint)  # where browsers reach it
S3_REGION = env.str("MUSICSITE_S3_REGION", "us-east-1", validate=values.region)
S3_KEY = env.str("MUSICSITE_S3_KEY", "")  # empty: as Amazon's tools find it (environment, file, role)
S3_SECRET = env.str("MUSICSITE_S3_SECRET", "")
S3_FOLDER = env.str(
    "MUSICSITE_S3_FOLDER", "", validate=values.folder_of_bucket
)  # of the bucket, where it holds other things, too
DELIVERY = env.str("MUSICSITE_DELIVERY", "site", validate=validate.OneOf(["site", "nginx", "redirect"]))

DEBUG = env.bool("MUSICSITE_DEBUG", False)
SECRET_KEY = env.str("MUSICSITE_SECRET_KEY", "")
# A site to try out on one's own machine, as `manage.py up` runs it: plain HTTP and a generated secret are all right.
# Where that secret lies, `up` has run, and the other commands are for the same site.
LOCAL = env.bool("MUSICSITE_LOCAL", DEBUG or (not SECRET_KEY and (DATA_DIR / "secret-key").exists()))
ALLOWED_HOSTS: list[str] = env.hosts("MUSICSITE_ALLOWED_HOSTS", "")
HTTPS = env.bool("MUSICSITE_HTTPS", not LOCAL)
HSTS = env.str("MUSICSITE_HSTS", "host", validate=validate.OneOf(["off", "host", "subdomains", "preload"]))
BEHIND_PROXY = env.bool("MUSICSITE_BEHIND_PROXY", False)
# Before the names of all cookies: browsers know no ports, so two sites on one host need different names.
COOKIE_PREFIX = env.str("MUSICSITE_COOKIE_PREFIX", "", validate=validate.Regexp(r"[A-Za-z0-9_-]*\Z"))
EMAIL_HOST = env.str("MUSICSITE_EMAIL_HOST", "", validate=values.mail_host)
EMAIL_PORT = env.int("MUSICSITE_EMAIL_PORT", 25, validate=values.port)
EMAIL_HOST_USER = env.str("MUSICSITE_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.str("MUSICSITE_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = env.bool("MUSICSITE_EMAIL_TLS", False)
DEFAULT_FROM_EMAIL = env.str("MUSICSITE_EMAIL_FROM", "musicsite@localhost", validate=values.mailbox)
# Private networks that webhooks may go to, also by plain http: 127.0.0.0/8,10.1.0.0/16
WEBHOOK_NETWORKS = env.networks("MUSICSITE_WEBHOOK_NETWORKS", "")
SIGNUP = env.str("MUSICSITE_SIGNUP", "open", validate=validate.OneOf(["open", "invite", "closed"]))

# -- Jobs -----------------------------------------------------------------------------------------------------------

WORKERS = env.int("MUSICSITE_WORKERS", min(2, os.cpu_count() or 1), validate=validate.Range(1, 64))
WEB_PROCESSES = env.int("MUSICSITE_WEB_PROCESSES", 2, validate=validate.Range(1, 64))
WEB_THREADS = env.int("MUSICSITE_WEB_THREADS", 0, validate=validate.Range(0, 64))  # of each; 0: as the database has it
FAST_PATH = env.bool("MUSICSITE_FAST_PATH", True)  # polls and orders are answered before Django (jobs/api/fast)
LANE = env.str("MUSICSITE_LANE", "default", validate=values.lane)  # which jobs this machine's workers take
LEASE_SECONDS = env.float("MUSICSITE_LEASE_SECONDS", 15.0, validate=validate.Range(2, 600))
JOB_TIMEOUT = env.int("MUSICSITE_JOB_TIMEOUT", 600, validate=validate.Range(5, 86400))  # seconds an attempt may run
MAX_ATTEMPTS = env.int("MUSICSITE_MAX_ATTEMPTS", 3, validate=validate.Range(1, 20))
RETRY_DELAY = env.float("MUSICSITE_RETRY_DELAY", 2.0, validate=validate.Range(0, 3600))  # seconds, doubled each time
JOB_MEMORY = env.int("MUSICSITE_JOB_MEMORY", 4096, validate=validate.Range(0, 1 << 24))  # MiB of a worker; 0: no limit
STEMS = env.int("MUSICSITE_STEMS", 500, validate=validate.Range(0, 10**6))  # megabytes of what previews have played
GRACE_SECONDS = env.int("MUSICSITE_GRACE_SECONDS", 20, validate=validate.Range(0, 3600))
BIN_DAYS = env.int("MUSICSITE_BIN_DAYS", 7, validate=validate.Range(0, 3650))  # how long a deleted track can come back
MAX_PROMPT = env.int("MUSICSITE_MAX_PROMPT", 2000, validate=validate.Range(10, 100_000))  # characters

# -- Limits: of one person, or one address; empty or 0: none ----------------------------------------------------------

LIMIT_ACTIVE = env.int("MUSICSITE_LIMIT_ACTIVE", 100, validate=validate.Range(0, 10**6))  # jobs that have not ended
LIMIT_JOBS = env.str("MUSICSITE_LIMIT_JOBS", "1000/day", validate=values.window)
LIMIT_PREVIEWS = env.str("MUSICSITE_LIMIT_PREVIEWS", "1200/hour", validate=values.window)  # of sections that change
LIMIT_STORAGE = env.int("MUSICSITE_LIMIT_STORAGE", 10_000, validate=validate.Range(0, 10**9))  # megabytes
LIMIT_REQUESTS = env.str("MUSICSITE_LIMIT_REQUESTS", "600/10 second", validate=values.window)  # for each web process
LIMIT_UNDERSTOOD = env.str(
    "MUSICSITE_LIMIT_UNDERSTOOD", "60/10 second", validate=values.window
)  # looks at words being typed
LIMIT_LOGIN = env.str("MUSICSITE_LIMIT_LOGIN", "10/15 minute", validate=values.window)  # of one address for one name
LIMIT_LOGIN_ADDRESS = env.str("MUSICSITE_LIMIT_LOGIN_ADDRESS", "200/15 minute", validate=values.window)
LIMIT_SIGNUP = env.str("MUSICSITE_LIMIT_SIGNUP", "100/hour", validate=values.window)  # of one address
LIMIT_RESET = env.str("MUSICSITE_LIMIT_RESET", "10/hour", validate=values.window)  # of one address, and to one mailbox
LIMIT_DATA_EXPORT = env.str("MUSICSITE_LIMIT_DATA_EXPORT", "5/hour", validate=values.window)  # of everything, as a zip

# -- Operation --------------------------------------------------------------------------------------------------------

SOUNDFONT = env.str("MUSICSITE_SOUNDFONT", "")
LOG_LEVEL = env.str("MUSICSITE_LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
LOG_FORMAT = env.str("MUSICSITE_LOG_FORMAT", "text", validate=validate.OneOf(["text", "json"]))
READY_WAIT = env.int(
    "MUSICSITE_READY_WAIT", 900, validate=validate.Range(0, 10**8)
)  # seconds; 0: however long jobs wait
METRICS_TOKEN = env.str("MUSICSITE_METRICS_TOKEN", "", validate=values.token)
SENTRY_DSN = env.str("MUSICSITE_SENTRY_DSN", "")
GENERATOR = env.str("MUSICSITE_GENERATOR", "composer")
# Further engines, each set up by its variable: its OPTIONS, and lane, limit and fallback (docs/ENGINES.md)
MUSICGEN: dict[str, str] = env.options("MUSICSITE_MUSICGEN", "")  # model=facebook/musicgen-small,lane=gpu
ELEVENLABS: dict[str, str] = env.options("MUSICSITE_ELEVENLABS", "")  # key=…,limit=20/day,fallback=composer
REPLICATE: dict[str, str] = env.options("MUSICSITE_REPLICATE", "")  # token=…,model=owner/name:version
ACESTEP: dict[str, str] = env.options("MUSICSITE_ACESTEP", "")  # url=http://gpu:8001,lane=gpu
STABLE_AUDIO: dict[str, str] = env.options("MUSICSITE_STABLE_AUDIO", "")  # url=http://gpu:8006,lane=gpu
BACKENDS: dict[str, str] = env.options("MUSICSITE_BACKENDS", "")  # bells=studio.bells.Bells?strike=hard&lane=bells
ALLOW_DUMMY = env.bool("MUSICSITE_ALLOW_DUMMY", DEBUG)  # the dummy generator is for tests and benchmarks
# its OPTIONS, e.g. seconds=2,fail=transient; registers it when given
DUMMY: dict[str, str] = env.options("MUSICSITE_DUMMY", "")

try:
    env.seal()
except EnvValidationError as error:
    problems: Any = error.error_messages  # name → sentences
    named = (f"{name}: {' '.join(map(str, sentences))}" for name, sentences in problems.items())
    raise ImproperlyConfigured("\n".join(named)) from None

# Where browsers are sent for a track, so that pages may play it from there.
STORE_ORIGINS = ""
if DELIVERY == "redirect":
    STORE_ORIGINS = (
        "{0.scheme}://{0.netloc}".format(urlsplit(S3_PUBLIC_ENDPOINT or S3_ENDPOINT))
        if S3_PUBLIC_ENDPOINT or S3_ENDPOINT
        else f"https://{S3_BUCKET}.s3.{S3_REGION}.amazonaws.com https://{S3_BUCKET}.s3.amazonaws.com"
    )

values.refuse_misspelt_variables(env.dump())
if not SECRET_KEY:
    if not LOCAL:
        raise ImproperlyConfigured(
            "MUSICSITE_SECRET_KEY is not set. Give it a long random value, or MUSICSITE_LOCAL=1 to try the site out."
        )
    SECRET_KEY = values.development_secret(DATA_DIR / "secret-key")
elif not LOCAL and SECRET_KEY.startswith("development-"):
    raise ImproperlyConfigured("MUSICSITE_SECRET_KEY is a development key; production needs one of its own.")

# -- Django ---------------------------------------------------------------------------------------------------------

if SITE_URL and not LOCAL:
    if HTTPS and not SITE_URL.startswith("https://"):
        raise ImproperlyConfigured(f"MUSICSITE_URL={SITE_URL} has to begin with https://, or MUSICSITE_HTTPS to be 0.")
    if ALLOWED_HOSTS and not validate_host(split_domain_port(urlsplit(SITE_URL).netloc)[0], ALLOWED_HOSTS):
        raise ImproperlyConfigured(f"MUSICSITE_ALLOWED_HOSTS has not the name in MUSICSITE_URL={SITE_URL}.")
if LOCAL and not ALLOWED_HOSTS:
    ALLOWED_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL else []

INSTALLED_APPS = [
    "musicsite.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_q",
    "django_htmx",  # ships htmx, which changes pages without stopping the music
    "jobs",
]

MIDDLEWARE = [
    "jobs.telemetry.request_ids.observed",
    "musicsite.headers.security_headers",
    "jobs.telemetry.probes.probes",
    "musicsite.compression.CompressPages",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "jobs.api.heads.heads",
    "jobs.api.problems.api_errors",
    "musicsite.bodies.chunked_bodies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "jobs.api.tokens.token_logins",
    "django.contrib.messages.middleware.MessageMiddleware",
    "jobs.pages.throttling.Throttle",
]

ROOT_URLCONF = "musicsite.urls"
WSGI_APPLICATION = "musicsite.wsgi.application"

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
                "jobs.pages.context.indicator",
                "jobs.pages.theme.theme",
            ],
        },
    },
]

try:
    DATABASES = {"default": values.database(DATABASE_URL, DATA_DIR)}
except ValidationError as error:
    raise ImproperlyConfigured(f"DATABASE_URL: {error}") from None
# On SQLite those who wait order together (jobs.api.fast.batcher); on PostgreSQL each thread has a connection there.
WEB_THREADS = WEB_THREADS or (16 if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3" else 4)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "musicsite.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a writer waits its turn at BEGIN instead of failing later
        "timeout": 30,  # seconds
        # The log is moved into the database by the workers' supervisor; without one, when it has
        # become very long: whose commit does that has to wait for the disk.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=10000;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # A host that is cut off must not wait for ever for the database, nor hold locks in it for ever: both ends notice
    # within about 20 seconds. What the URL says itself (?connect_timeout=…) goes before.
    DATABASES["default"]["OPTIONS"] = {
        "application_name": "musicsite",
        "connect_timeout": 5,  # seconds
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,  # milliseconds
        "options": "-c statement_timeout=30s -c idle_in_transaction_session_timeout=30s -c tcp_user_timeout=15s "
        "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3",
        **DATABASES["default"].get("OPTIONS", {}),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}},
}

MEDIA_ROOT = DATA_DIR / "media"
STATIC_ROOT = DATA_DIR / "static"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "jobs.storage.s3.Store",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT or None,
            "public_endpoint": S3_PUBLIC_ENDPOINT,
            "region_name": S3_REGION,
            "access_key": S3_KEY or None,
            "secret_key": S3_SECRET or None,
            "location": S3_FOLDER,
        },
    }
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "musicsite.static_files.SmallStaticFiles"
    },
}
WORK_DIR = DATA_DIR / "work"  # where attempts write before their files are final; same file system as MEDIA_ROOT
WHITENOISE_ROOT = BASE_DIR / "static" / "root"  # what browsers and robots look for at the root
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nobody else loads our files
# Bytes of a body. A syllable of Hangul is one character as it is kept, and comes as up to three, each of nine bytes; a
# tune of 200 kB comes in Base64, and so many are the changes of a piece (jobs.music.editing).
DATA_UPLOAD_MAX_MEMORY_SIZE = 270 * 1024 + 27 * MAX_PROMPT
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2500  # a track that is changed in parts may have 64 sections of 24 parts
FILE_UPLOAD_HANDLERS = ["musicsite.uploads.TuneUpload"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "musicsite" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
EMAIL_BACKEND = "musicsite.mail.BackgroundBackend" if EMAIL_HOST else "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"  # without a mail host, mails are files that the operator can read
EMAIL_TIMEOUT = 10  # seconds

# What axios and Angular do by default, so that their clients work unmodified.
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}XSRF-TOKEN"
CSRF_HEADER_NAME = "HTTP_X_XSRF_TOKEN"
CSRF_FAILURE_VIEW = "jobs.pages.views.errors.csrf_failure"

SESSION_ENGINE = "jobs.models.session"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # a message goes with the log-out
AUTHENTICATION_BACKENDS = ["jobs.accounts.backend.PreparedModelBackend"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS and HSTS != "off" else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HSTS in ("subdomains", "preload")
SECURE_HSTS_PRELOAD = HSTS == "preload"
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W005", "security.W021"]  # how far HSTS goes is for MUSICSITE_HSTS
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

# -- django-q2: carries wake-ups only; jobs/checks.py refuses values that would break the state machine ---------------

Q_CLUSTER = {
    "name": "musicsite",
    "cluster_name": LANE,
    # django-q2's brokers, which take a message only while their worker is free
    "broker_class": "jobs.queue.redis_broker.RedisBroker" if REDIS_URL else "jobs.queue.broker.OrmBroker",
    "redis": REDIS_URL,
    "orm": "default",
    "workers": 1,  # a cluster holds one worker; the supervisor runs as many clusters as there are workers
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0 if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql" else 0.02,  # s; where nobody rings
    "guard_cycle": 0.5,
    "timeout": JOB_TIMEOUT + 120,  # the attempt's own deadline and the supervisor come first
    "retry": JOB_TIMEOUT + 180,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "recycle": 100_000,
    "scheduler": False,
    "catch_up": False,
    "log_level": "WARNING",
}

# -- Generators: alias → BACKEND, OPTIONS; LANE binds one to the workers of that name ---------------------------------

GENERATORS: dict[str, dict[str, Any]] = {
    "composer": {
        "BACKEND": "jobs.generators.composer.Composer",
        "OPTIONS": {
            "soundfont": SOUNDFONT,
            "cache": str(DATA_DIR / "soundfonts"),
            "stems": str(DATA_DIR / "stems"),
            "stems_megabytes": STEMS,
        },
    },
}
if MUSICGEN:
    GENERATORS["musicgen"] = values.engine("MUSICSITE_MUSICGEN", "jobs.generators.musicgen.MusicGen", MUSICGEN)
if ELEVENLABS:
    backend = "jobs.generators.elevenlabs.ElevenLabs"
    GENERATORS["elevenlabs"] = values.engine("MUSICSITE_ELEVENLABS", backend, ELEVENLABS)
if REPLICATE:
    GENERATORS["replicate"] = values.engine("MUSICSITE_REPLICATE", "jobs.generators.replicate.Replicate", REPLICATE)
if ACESTEP:
    GENERATORS["acestep"] = values.engine("MUSICSITE_ACESTEP", "jobs.generators.acestep.AceStep", ACESTEP)
if STABLE_AUDIO:
    backend = "jobs.generators.stable_audio.StableAudio"
    GENERATORS["stable_audio"] = values.engine("MUSICSITE_STABLE_AUDIO", backend, STABLE_AUDIO)
for alias, place in BACKENDS.items():
    if alias in GENERATORS or not re.fullmatch(r"[\w.-]{1,40}", alias):
        raise ImproperlyConfigured(f"MUSICSITE_BACKENDS: {alias} is there already, or no word of at most 40 letters.")
    backend, _query, options = place.partition("?")
    GENERATORS[alias] = values.engine("MUSICSITE_BACKENDS", backend, dict(parse_qsl(options, keep_blank_values=True)))
if DUMMY:
    GENERATORS["dummy"] = {"BACKEND": "jobs.generators.dummy.Dummy", "OPTIONS": DUMMY}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "jobs.telemetry.logs.OneRecord",
            "format": "%(asctime)s %(levelname)s %(name)s %(process)d %(message)s",
        },
        "json": {"()": "jobs.telemetry.logs.Json"},
    },
    "filters": {"about": {"()": "jobs.telemetry.logs.About"}, "brief": {"()": "jobs.telemetry.logs.Brief"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["about", "brief"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"jobs": {"level": LOG_LEVEL}, "musicsite": {"level": LOG_LEVEL}},
}
