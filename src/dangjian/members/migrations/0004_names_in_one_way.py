from django.db import migrations

from dangjian.kernel import names
from dangjian.kernel.pinyin import initials, sort_key


def write_names_in_one_way(apps, schema_editor):
    """Names kept before without blanks and invisible characters, and with the real characters instead of private ones."""
    members = apps.get_model('members', 'Member')._base_manager.using(schema_editor.connection.alias)
    for pk, name in list(members.values_list('pk', 'name')):
        kept = names.clean(name)
        if kept != name:
            members.filter(pk=pk).update(name=kept, name_sort=sort_key(kept), name_initials=initials(kept))


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0003_first_passwords'),
    ]

    operations = [
        migrations.RunPython(write_names_in_one_way, migrations.RunPython.noop),
    ]
