"""What is known of a job that is in trouble; it goes when the job goes."""

from django.db import migrations

TROUBLE = """
CREATE TABLE parking_trouble (
    job_id bigint PRIMARY KEY REFERENCES procrastinate_jobs ON DELETE CASCADE,
    lost_workers integer NOT NULL DEFAULT 0 CHECK (lost_workers >= 0),
    parked boolean NOT NULL DEFAULT false,
    reason text NOT NULL DEFAULT ''
)
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("procrastinate", "0041_post_retry_failed_job")]
    operations = [migrations.RunSQL(TROUBLE, "DROP TABLE parking_trouble")]
