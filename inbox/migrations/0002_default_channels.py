"""Every business starts with a public web form and the API as channels."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def make_channels(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    channel = apps.get_model("inbox", "Channel")
    channel.objects.get_or_create(slug="contact", defaults={"kind": "form", "name": "Web form"})
    channel.objects.get_or_create(slug="api", defaults={"kind": "api", "name": "API"})


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial")]
    operations = [migrations.RunPython(make_channels, migrations.RunPython.noop)]
