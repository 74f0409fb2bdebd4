from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("people", "0006_approver_roles")]

    operations = [
        AddIndexConcurrently(
            model_name="membership",
            index=models.Index(
                fields=["user"],
                condition=models.Q(role="aspirant", superseded_at=None),
                name="aspirant",
            ),
        ),
    ]
