"""The WSGI application, as a web process runs it."""

import os

from django.core.wsgi import get_wsgi_application

from banyan.foundation.database import start_database
from banyan.foundation.lifeline import end_with_parent
from banyan.foundation.logs import configure_logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banyan.foundation.django_settings")
configure_logs()
end_with_parent()
start_database()
application = get_wsgi_application()
