# The members behind an event, and the seals that chain the trail.

import dangjian.kernel.clock
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_digests_of_session_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='TrailSeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField(unique=True, verbose_name='封存号')),
                ('through', models.BigIntegerField(verbose_name='至记录编号')),
                ('rows', models.PositiveIntegerField(verbose_name='记录数')),
                ('key', models.CharField(max_length=8, verbose_name='密钥编号')),
                ('digest', models.CharField(max_length=64, verbose_name='摘要')),
                ('sealed_at', models.DateTimeField(default=dangjian.kernel.clock.now, verbose_name='封存时间')),
            ],
            options={
                'verbose_name': '留痕封存',
                'verbose_name_plural': '留痕封存',
                'ordering': ('-number',),
            },
        ),
        migrations.CreateModel(
            name='EventMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('member_id', models.BigIntegerField(db_index=True, verbose_name='涉及党员')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='accounts.event')),
            ],
            options={
                'verbose_name': '留痕涉及的党员',
                'verbose_name_plural': '留痕涉及的党员',
                'ordering': ('pk',),
            },
        ),
    ]
