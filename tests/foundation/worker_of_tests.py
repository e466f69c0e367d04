"""A worker process that knows the jobs of tests: python -m tests.foundation.worker_of_tests"""

import django

django.setup()

from banyan.foundation.worker import run_worker  # noqa: E402
from tests.foundation import jobs_of_tests  # noqa: E402

if __name__ == "__main__":
    assert jobs_of_tests.note_run.name
    run_worker()
