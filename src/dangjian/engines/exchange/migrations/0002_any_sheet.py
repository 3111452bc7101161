"""Batches of any sheet: what only a roster has moves into the answers and into the rows' payload."""

import json

from django.db import migrations, models


def _dumped(values: dict) -> dict:
    days = {name: value for name, value in values.items() if name.endswith("_on") and value}
    return {"clean": {name: value for name, value in values.items() if name not in days}, "days": days}


def generalise(apps, _editor):
    batches = apps.get_model("exchange", "ImportBatch").objects
    rows = apps.get_model("exchange", "ImportRow").objects
    for batch in batches.all():
        existing = "update" if batch.update_existing else "skip"
        answers = {"entry_kind": batch.entry_kind, "document": batch.document, "existing": existing}
        batch.answered = {"clean": answers, "days": {"effective_on": batch.effective_on.isoformat()}}
        if batch.state in {"checking", "ready", "problems", "committing"}:
            batch.state, batch.failure = "failed", "系统已经升级，请点“重新检查”。"
        batch.save()
    for row in rows.filter(batch__committed_at__isnull=False).exclude(payload="").iterator():
        content = json.loads(row.payload)
        if "before" in content:
            row.payload = json.dumps(_dumped(content["before"] | {"at": content["at"]}), ensure_ascii=False)
            row.save()


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]

    operations = [
        migrations.AddField(
            "importbatch",
            "sheet_code",
            models.CharField("表格", max_length=32, default="roster"),
            preserve_default=False,
        ),
        migrations.AddField("importbatch", "answered", models.JSONField("随表说明", default=dict)),
        migrations.RunPython(generalise),
        migrations.RemoveField("importbatch", "entry_kind"),
        migrations.RemoveField("importbatch", "effective_on"),
        migrations.RemoveField("importbatch", "document"),
        migrations.RemoveField("importbatch", "update_existing"),
        migrations.RemoveIndex("importrow", "row_person"),
        migrations.RenameField("importrow", "id_index", "key"),
        migrations.AlterField("importrow", "key", models.CharField(max_length=64, blank=True)),
        migrations.RenameField("importrow", "member_id", "record_id"),
        migrations.RemoveField("importrow", "branch_id"),
        migrations.AddIndex("importrow", models.Index(fields=["batch", "key"], name="row_key")),
        migrations.RenameField("importproblem", "person", "name"),
        migrations.AlterField(
            "importproblem", "name", models.CharField("称呼", max_length=64, blank=True)
        ),
        migrations.AlterModelOptions(
            "importbatch",
            {"ordering": ("-uploaded_at", "-pk"), "verbose_name": "表格导入", "verbose_name_plural": "表格导入"},
        ),
        migrations.AlterModelOptions(
            "importproblem",
            {"ordering": ("batch", "number", "pk"), "verbose_name": "导入的问题", "verbose_name_plural": "导入的问题"},
        ),
        migrations.AlterModelOptions(
            "importrow",
            {"ordering": ("batch", "number"), "verbose_name": "导入的行", "verbose_name_plural": "导入的行"},
        ),
    ]
