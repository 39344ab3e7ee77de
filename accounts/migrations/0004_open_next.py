from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_keyboard_shortcuts"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="open_next",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="open the next task after a decision"
            ),
        ),
    ]
