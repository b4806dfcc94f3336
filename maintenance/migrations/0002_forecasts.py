"""What sensors will read next, kept as it was said."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_limits'),
        ('maintenance', '0001_initial'),
        ('sensors', '0012_storage_runs'),
    ]

    operations = [
        migrations.CreateModel(
            name='Forecast',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'being made'), ('ready', 'ready'), ('refused', 'refused')], default='waiting', max_length=10)),
                ('cadence_minutes', models.PositiveIntegerField()),
                ('horizon_steps', models.PositiveIntegerField()),
                ('history_window', models.PositiveIntegerField(help_text='Steps that it may learn from.')),
                ('method', models.CharField(blank=True, max_length=32)),
                ('refusal', models.CharField(blank=True, choices=[('not_enough_data', 'not enough data'), ('sensor_bad', 'sensor bad')], max_length=20)),
                ('reasons', models.JSONField(default=list)),
                ('starts_at', models.DateTimeField(help_text='Begin of the first step that is forecast.', null=True)),
                ('steps', models.JSONField(default=list, help_text="Of each step: value, low, high, in the sensor's unit.")),
                ('back_test', models.JSONField(default=list, help_text='Of each method: errors, or why it was not tried.')),
                ('crossings', models.JSONField(default=list, help_text='Of each limit in sight: when it is met.')),
                ('history_steps', models.PositiveIntegerField(default=0, help_text='Steps that it did learn from.')),
                ('correlation_id', models.UUIDField()),
                ('asked_at', models.DateTimeField()),
                ('made_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(help_text='Until then the same question has this answer.', null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='forecasts', to='accounts.organization')),
                ('sensor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='forecasts', to='sensors.sensor')),
            ],
            options={
                'indexes': [models.Index(fields=['sensor', 'cadence_minutes', '-asked_at'], name='forecast_newest'), models.Index(fields=['asked_at'], name='forecast_age')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('sensor', 'cadence_minutes', 'horizon_steps', 'history_window'), name='forecast_waits_once')],
            },
        ),
    ]
