"""Tries at the door are counted by ourselves from now on; what django-axes kept of people goes."""

import dangjian.kernel.clock
from django.db import migrations, models


AXES = ("axes_accessattemptexpiration", "axes_accessattempt", "axes_accessfailurelog", "axes_accesslog")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_trail'),
    ]

    operations = [
        migrations.AddField(
            model_name='apitoken',
            name='may_write',
            field=models.BooleanField(default=True, verbose_name='可以办理'),
        ),
        migrations.CreateModel(
            name='SignInTry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=dangjian.kernel.clock.now, verbose_name='时间')),
                ('name', models.CharField(max_length=255, verbose_name='登录名')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='网络地址')),
                ('origin', models.CharField(blank=True, max_length=45)),
                ('is_known', models.BooleanField(default=False, verbose_name='用过的设备')),
            ],
            options={
                'verbose_name': '登录失败',
                'verbose_name_plural': '登录失败',
                'ordering': ('-at',),
                'indexes': [models.Index(fields=['name', 'at'], name='sign_in_try_name'), models.Index(fields=['address', 'at'], name='sign_in_try_address')],
            },
        ),
        *(migrations.RunSQL(f"DROP TABLE IF EXISTS {table}", migrations.RunSQL.noop) for table in AXES),
        migrations.RunSQL("DELETE FROM django_migrations WHERE app = 'axes'", migrations.RunSQL.noop),
    ]
