"""The enterprise, what it sets for itself, and the day from which each organisation is kept on the platform."""

from django.db import migrations, models
from django.db.models import F

import dangjian.kernel.clock


def from_their_founding(apps, schema_editor):
    """Organisations that are there already have been kept since they were entered with their founding."""
    apps.get_model("org", "Organization")._base_manager.update(live_on=F("established_on"))


class Migration(migrations.Migration):
    dependencies = [("org", "0002_search_key_and_basis_grant")]

    operations = [
        migrations.CreateModel(
            name="Enterprise",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="单位名称")),
                ("is_demonstration", models.BooleanField(default=False, verbose_name="演示环境")),
                ("address_digest", models.CharField(blank=True, max_length=64)),
                ("set_up_at", models.DateTimeField(blank=True, null=True, verbose_name="建立时间")),
                ("rules_version", models.PositiveIntegerField(default=0, verbose_name="规则设定的版次")),
            ],
            options={"verbose_name": "单位", "verbose_name_plural": "单位"},
        ),
        migrations.CreateModel(
            name="RuleSetting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True, verbose_name="规则")),
                ("value", models.JSONField(verbose_name="设定的值")),
                ("changed_at", models.DateTimeField(default=dangjian.kernel.clock.now, verbose_name="修改时间")),
                ("changed_by", models.CharField(max_length=64, verbose_name="修改人")),
            ],
            options={"verbose_name": "本单位设定", "verbose_name_plural": "本单位设定", "ordering": ("key",)},
        ),
        migrations.AddField(
            model_name="organization",
            name="live_on",
            field=models.DateField(null=True, verbose_name="启用日期"),
        ),
        migrations.RunPython(from_their_founding, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="organization",
            name="live_on",
            field=models.DateField(verbose_name="启用日期"),
        ),
    ]
