"""The application, as a web process runs it."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils.module_loading import import_string

from banyan.foundation.database import start_database
from banyan.foundation.lifeline import end_with_parent
from banyan.foundation.logs import configure_logs
from banyan.foundation.metrics_folder import keep_room_for_metrics
from banyan.foundation.time_limits import Work, limit_connections
from banyan.web.front import Front

THREADS = max(8, min(16, 2 * (os.cpu_count() or 1) + 1))

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banyan.foundation.django_settings")
configure_logs()
end_with_parent()
start_database()
keep_room_for_metrics()
limit_connections(Work.WEB)
wsgi = get_wsgi_application()  # what says why there is no answer can be imported only once Django is set up
get_resolver().url_patterns  # noqa: B018 - imports all that answers, so that the first request finds it
application = Front(wsgi, THREADS, import_string("banyan.web.troubled.troubled"))
