from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0002_key_check'),
    ]

    operations = [
        migrations.AlterField(
            model_name='tenant',
            name='authorization_endpoint',
            field=models.CharField(max_length=300),
        ),
        migrations.AlterField(
            model_name='tenant',
            name='rest_endpoint',
            field=models.CharField(max_length=300, verbose_name='Workday REST API endpoint'),
        ),
        migrations.AlterField(
            model_name='tenant',
            name='token_endpoint',
            field=models.CharField(max_length=300),
        ),
    ]
