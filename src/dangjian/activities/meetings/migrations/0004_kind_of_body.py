import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Case, F, OuterRef, Subquery, When


def fill(apps, schema_editor):
    organizations = apps.get_model("org", "Organization")._base_manager
    own = organizations.filter(pk=OuterRef("organization"))
    body = own.values(found=Case(When(kind="group", then=F("parent")), default=F("pk")))
    apps.get_model("meetings", "MeetingKindRow")._base_manager.update(body=Subquery(body))


class Migration(migrations.Migration):

    dependencies = [
        ("meetings", "0003_election"),
    ]

    operations = [
        migrations.AddField(
            model_name="meetingkindrow",
            name="body",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.organization"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="meetingkindrow",
            name="body",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.organization"
            ),
        ),
        migrations.AddIndex(
            model_name="meetingkindrow",
            index=models.Index(fields=["body", "kind", "held_on"], name="meeting_kind_of_body"),
        ),
    ]
