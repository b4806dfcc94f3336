"""Find refused readings by reason and by sensor; built beside running ingestion, and again where that was cut off."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

NAMES = ('quarantine_reasons', 'quarantine_sensors', 'quarantine_handled')
FORGET_HALF_BUILT = '; '.join(f'DROP INDEX IF EXISTS {name}' for name in NAMES)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('sensors', '0010_quarantine_states'),
    ]

    operations = [
        migrations.RunSQL(FORGET_HALF_BUILT, migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name='quarantinedreading',
            index=models.Index(fields=['organization', 'state', 'code', 'id'], name='quarantine_reasons'),
        ),
        AddIndexConcurrently(
            model_name='quarantinedreading',
            index=models.Index(fields=['organization', 'sensor_code', 'id'], name='quarantine_sensors'),
        ),
        AddIndexConcurrently(
            model_name='quarantinedreading',
            index=models.Index(condition=models.Q(('handled_at__isnull', False)), fields=['handled_at'], name='quarantine_handled'),
        ),
    ]
