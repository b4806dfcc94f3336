"""A refused reading waits, is stored after all, or is discarded, and each change says who and when."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sensors', '0009_readings_compressed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='quarantinedreading',
            name='attempts',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Times sent again.'),
        ),
        migrations.AddField(
            model_name='quarantinedreading',
            name='correction',
            field=models.JSONField(help_text='Sent again instead of `payload`.', null=True),
        ),
        migrations.AddField(
            model_name='quarantinedreading',
            name='handled_at',
            field=models.DateTimeField(help_text='When it was stored or discarded.', null=True),
        ),
        migrations.AddField(
            model_name='quarantinedreading',
            name='state',
            field=models.CharField(choices=[('waiting', 'waiting'), ('stored', 'stored'), ('discarded', 'discarded')], db_default='waiting', default='waiting', max_length=10),
        ),
        migrations.CreateModel(
            name='QuarantineTransition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(choices=[('resubmitted', 'sent again'), ('corrected', 'corrected and sent again'), ('discarded', 'discarded'), ('restored', 'restored')], max_length=12)),
                ('to_state', models.CharField(choices=[('waiting', 'waiting'), ('stored', 'stored'), ('discarded', 'discarded')], max_length=10)),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(help_text='The person or the token, as it was called then.', max_length=100)),
                ('reason', models.CharField(blank=True, help_text='Why it was refused again or discarded.', max_length=500)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reading', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='transitions', to='sensors.quarantinedreading')),
            ],
            options={
                'indexes': [models.Index(fields=['reading', 'at'], name='quarantine_history')],
            },
        ),
    ]
