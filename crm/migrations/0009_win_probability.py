from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0008_tasks_by_due_and_id")]
    operations = [
        migrations.AddField(
            model_name="deal",
            name="win_probability",
            field=models.DecimalField(
                decimal_places=2, editable=False, max_digits=5, null=True, verbose_name="predicted chance in percent"
            ),
        ),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(fields=["-win_probability", "id"], name="deal_by_win_probability"),
        ),
    ]
