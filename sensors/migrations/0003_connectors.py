import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('sensors', '0002_readings_hypertable'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaleSensor',
            fields=[
                ('sensor', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='stale', serialize=False, to='sensors.sensor')),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ConnectorStatus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64)),
                ('kind', models.CharField(max_length=16)),
                ('address', models.CharField(max_length=300)),
                ('state', models.CharField(choices=[('connecting', 'connecting'), ('connected', 'connected'), ('waiting', 'trying again'), ('held', 'waiting for the database'), ('stopped', 'stopped')], default='connecting', max_length=16)),
                ('since', models.DateTimeField()),
                ('message_count', models.BigIntegerField(default=0)),
                ('accepted', models.BigIntegerField(default=0)),
                ('duplicate', models.BigIntegerField(default=0)),
                ('rejected', models.BigIntegerField(default=0)),
                ('rate', models.FloatField(default=0, help_text='Messages a second, of late.')),
                ('last_message_at', models.DateTimeField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=300)),
                ('last_error_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(help_text="The process's last sign of life.")),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='connectors', to='accounts.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'name'), name='connector_status_once')],
            },
        ),
    ]
