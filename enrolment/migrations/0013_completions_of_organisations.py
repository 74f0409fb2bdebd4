from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("enrolment", "0012_approver_roles")]

    operations = [
        AddIndexConcurrently(
            model_name="completion",
            index=models.Index(
                fields=[stamped, "version"],
                include=["person", "completed_on", "cadre"],
                condition=models.Q(superseded_at=None),
                name=f"completion_of_{stamped}",
            ),
        )
        for stamped in ("employer", "school")
    ]
