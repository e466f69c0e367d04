"""Django's settings. What an operator may set are the BANYAN_ variables read here and in foundation.database."""

import os
from pathlib import Path

from banyan.foundation import database
from banyan.foundation.languages import languages_offered
from banyan.foundation.operators import number_set
from banyan.foundation.proxies import trusted_proxies
from banyan.foundation.secret_key import secret_key

PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = secret_key(database.data_dir())
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = languages_offered()
LOCALE_PATHS = [PACKAGE / "locale"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES = {"default": database.connection_settings()}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True

SHARED_APPS = [
    "django_tenants",
    "banyan.foundation.tenants",
    "procrastinate.contrib.django",
    "banyan.foundation.parking",
]
TENANT_APPS = [
    "django.contrib.sessions",
    "banyan.foundation",
    "banyan.organizations",
    "banyan.accounts",
    "banyan.relations",
    "banyan.contracts",
    "banyan.ledger",
    "banyan.catalog",
    "banyan.subscriptions",
    "banyan.usage",
    "banyan.invoices",
    "banyan.billruns",
    "banyan.transfer",
    "banyan.verification",
    "banyan.console",
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_tables2",
    "ninja",  # its templates and scripts: the documentation of the API needs nothing from elsewhere
    *SHARED_APPS,
    *TENANT_APPS,
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

ROOT_URLCONF = "banyan.web.urls"
WSGI_APPLICATION = "banyan.web.application.application"
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
MIDDLEWARE = [
    "banyan.web.origin.find_origin",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "banyan.web.policies.set_policy_header",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "banyan.web.metrics.measure_requests",
    "banyan.api.problems.ProblemsForEverything",
    "banyan.web.large_bodies.refuse_large_bodies",
    "banyan.web.tenant_of_request.find_tenant_of_request",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["banyan.console.templatetags.console", "django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "banyan.console.page.frame_of_page",
            ],
        },
    }
]
FORM_RENDERER = "banyan.console.forms.Renderer"
DJANGO_TABLES2_TEMPLATE = "console/components/table.html"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
SESSION_COOKIE_NAME = "banyan_session"
CSRF_COOKIE_NAME = "banyan_csrf"
PROXIES = trusted_proxies()
IS_BEHIND_TLS = True if os.environ.get("BANYAN_BEHIND_TLS") == "yes" else None
"""Whether everybody comes over TLS, as far as no proxy says anything else; None leaves it to what the request says."""
SECURE_HSTS_SECONDS = number_set("BANYAN_HSTS_SECONDS", 365 * 24 * 60 * 60)
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "banyan.console.errors.forged"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
STATIC_URL = "/static/"
STATIC_ROOT = PACKAGE / "console" / "static"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+-[0-9A-Z]{8}\.(js|css|svg|woff2)$"
LOGGING_CONFIG = None
