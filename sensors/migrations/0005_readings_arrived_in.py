from django.db import migrations, models

# First without a default, then with: no row is rewritten, and TimescaleDB takes it with compressed chunks too.
# Readings that were there before have none: they had arrived before anything that an export can have seen.
ADD = [
    "ALTER TABLE sensors_reading ADD COLUMN IF NOT EXISTS arrived_in bigint",
    "ALTER TABLE sensors_reading ALTER COLUMN arrived_in SET DEFAULT txid_current()",
]
REMOVE = "ALTER TABLE sensors_reading DROP COLUMN IF EXISTS arrived_in"


class Migration(migrations.Migration):
    dependencies = [("sensors", "0004_imports")]

    operations = [
        migrations.RunSQL(
            ADD,
            REMOVE,
            state_operations=[
                migrations.AddField(
                    "reading",
                    "arrived_in",
                    models.BigIntegerField(
                        db_default=models.Func(function="txid_current"),
                        editable=False,
                        help_text="The transaction that stored it: what an incremental export knows news by.",
                        null=True,
                    ),
                )
            ],
        )
    ]
