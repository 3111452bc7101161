"""Incomplete records are a part of the monthly list of data quality: open duties of their own are needed no more."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def take_off(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take them off the lists; what was done stays."""
    duties = apps.get_model("duties", "Duty")._base_manager
    duties.filter(rule="records_complete", state__in=("open", "excused")).update(state="void")


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0003_longer_rules"),
    ]

    operations = [
        migrations.RunPython(take_off, migrations.RunPython.noop, elidable=True),
    ]
