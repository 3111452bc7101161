from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Q
from django.db.migrations.state import StateApps


def name_tracks(apps: StateApps, _schema: BaseDatabaseSchemaEditor) -> None:
    """Until now each procedure excluded itself alone."""
    apps.get_model("procedures", "ProcedureCase")._base_manager.update(track=F("procedure"))


class Migration(migrations.Migration):
    dependencies = [("procedures", "0003_other_side")]

    operations = [
        migrations.AddField("procedurecase", "track", models.CharField("互不并行的一类", max_length=30, default=""), preserve_default=False),
        migrations.RunPython(name_tracks, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint("procedurecase", "one_open_case_of_a_subject"),
        migrations.AddConstraint(
            "procedurecase",
            models.UniqueConstraint(
                fields=["track", "subject_id"],
                condition=Q(state="open") & ~Q(subject_id=0),
                name="one_open_case_of_a_subject",
            ),
        ),
        migrations.AlterField(
            "casestep",
            "state",
            models.CharField(
                "状态",
                choices=[
                    ("open", "待办理"),
                    ("taken", "已办理"),
                    ("returned", "已退回"),
                    ("corrected", "已更正"),
                    ("taken_back", "已撤销"),
                ],
                default="open",
                max_length=10,
            ),
        ),
    ]
