from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0008_started_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="TaskDetail",
            fields=[
                (
                    "task",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="detail",
                        serialize=False,
                        to="inbox.inboxtask",
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(null=True)),
                ("as_of", models.DateTimeField(null=True)),
                ("content", models.JSONField(default=dict)),
                ("text", models.TextField(blank=True)),
                ("failure", models.CharField(blank=True, max_length=300)),
            ],
        ),
    ]
