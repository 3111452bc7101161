"""Minutes are submitted to be confirmed, and sent back with a note. Those that were written before count as submitted."""

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Coalesce


def submit_those_written(apps, schema_editor):
    rows = apps.get_model("meetings", "Minutes").objects.using(schema_editor.connection.alias)
    rows.update(submitted_at=Coalesce(F("edited_at"), F("drafted_at")))


class Migration(migrations.Migration):
    dependencies = [("meetings", "0008_offices_tellers_and_reports")]

    operations = [
        migrations.AddField(
            model_name="minutes",
            name="sent_back_note",
            field=models.TextField(blank=True, max_length=200, verbose_name="退回意见"),
        ),
        migrations.AddField(
            model_name="minutes",
            name="submitted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="提交确认时间"),
        ),
        migrations.RunPython(submit_those_written, migrations.RunPython.noop),
    ]
