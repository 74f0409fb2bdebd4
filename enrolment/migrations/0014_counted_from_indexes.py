from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("enrolment", "0013_completions_of_organisations")]

    operations = [
        AddIndexConcurrently(
            model_name="completion",
            index=models.Index(
                fields=["person", "version"],
                include=["completed_on", "valid_until"],
                condition=models.Q(superseded_at=None),
                name="completion_of_person",
            ),
        ),
        AddIndexConcurrently(
            model_name="enrolment",
            index=models.Index(
                fields=["session"], condition=models.Q(status="offered"), name="enrolment_offered"
            ),
        ),
    ]
