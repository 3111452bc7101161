"""Keep digests of session keys instead of the keys; whoever is signed in stays so."""

import hashlib

from django.db import migrations, models


def digest(apps, editor):
    Session = apps.get_model("accounts", "Session")
    for key in Session.objects.values_list("pk", flat=True):
        Session.objects.filter(pk=key).update(pk=hashlib.sha256(key.encode()).hexdigest())


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_names_in_one_way'),
    ]

    operations = [
        migrations.AlterField(
            model_name='session',
            name='session_key',
            field=models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='会话密钥的摘要'),
        ),
        migrations.RunPython(digest, migrations.RunPython.noop),
    ]
