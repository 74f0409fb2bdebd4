from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("people", "0007_aspirants")]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                fields=["id"], condition=models.Q(erased_at__isnull=False), name="erased"
            ),
        ),
    ]
