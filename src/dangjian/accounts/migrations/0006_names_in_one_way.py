from django.db import migrations

from dangjian.kernel import names


def write_names_in_one_way(apps, schema_editor):
    """As for members (``members.0003``). What the event trail says of the past stays."""
    users = apps.get_model('accounts', 'User')._base_manager.using(schema_editor.connection.alias)
    for pk, name in list(users.values_list('pk', 'name')):
        kept = names.clean(name)
        if kept != name:
            users.filter(pk=pk).update(name=kept)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_joint_reset'),
    ]

    operations = [
        migrations.RunPython(write_names_in_one_way, migrations.RunPython.noop),
    ]
