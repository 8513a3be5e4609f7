from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0014_boards'),
    ]

    operations = [
        migrations.AddField(
            model_name='score',
            name='lever',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='dealscore',
            name='lever',
            field=models.JSONField(null=True),
        ),
    ]
