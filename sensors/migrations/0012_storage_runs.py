from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sensors", "0011_quarantine_indexes")]

    operations = [
        migrations.CreateModel(
            name="StorageRun",
            fields=[
                ("job", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("finished_at", models.DateTimeField()),
                ("count", models.BigIntegerField(help_text="Spans, months or chunks that it dealt with.")),
            ],
        ),
    ]
