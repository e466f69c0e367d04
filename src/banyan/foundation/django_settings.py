"""Django's settings. What an operator may set are the BANYAN_ variables read here and in foundation.database."""

from pathlib import Path

from banyan.foundation import database
from banyan.foundation.secret_key import secret_key

PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = secret_key(database.data_dir())
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
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
]
TENANT_APPS = [
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
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "ninja",  # its templates and scripts: the documentation of the API needs nothing from elsewhere
    *SHARED_APPS,
    *TENANT_APPS,
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

ROOT_URLCONF = "banyan.web.urls"
WSGI_APPLICATION = "banyan.web.application.application"
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "banyan.web.metrics.measure_requests",
    "banyan.api.problems.ProblemsForEverything",
    "banyan.web.tenant_of_request.find_tenant_of_request",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "console" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = PACKAGE / "console" / "static"
LOGGING_CONFIG = None
