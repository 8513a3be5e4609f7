"""Index what messages say by trigrams: pg_trgm on PostgreSQL, an FTS5 table kept by triggers on SQLite."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

POSTGRESQL = ("CREATE INDEX IF NOT EXISTS inbox_message_trigrams ON inbox_message USING gin (upper(text) gin_trgm_ops)",)
SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS inbox_message_search USING fts5"
    "(text, content='inbox_message', content_rowid='id', tokenize='trigram')",
    "CREATE TRIGGER IF NOT EXISTS inbox_message_search_insert AFTER INSERT ON inbox_message BEGIN "
    "INSERT INTO inbox_message_search(rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER IF NOT EXISTS inbox_message_search_delete AFTER DELETE ON inbox_message BEGIN "
    "INSERT INTO inbox_message_search(inbox_message_search, rowid, text) VALUES ('delete', old.id, old.text); END",
    "CREATE TRIGGER IF NOT EXISTS inbox_message_search_update AFTER UPDATE OF text ON inbox_message "
    "WHEN old.text IS NOT new.text BEGIN "
    "INSERT INTO inbox_message_search(inbox_message_search, rowid, text) VALUES ('delete', old.id, old.text); "
    "INSERT INTO inbox_message_search(rowid, text) VALUES (new.id, new.text); END",
    "INSERT INTO inbox_message_search(inbox_message_search) VALUES ('rebuild')",
)


def make_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        schema_editor.execute(statement, params=None)


def drop_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS inbox_message_trigrams")
        return
    for moment in ("insert", "delete", "update"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS inbox_message_search_{moment}")
    schema_editor.execute("DROP TABLE IF EXISTS inbox_message_search")


class Migration(migrations.Migration):
    dependencies = [("inbox", "0007_topics"), ("crm", "0002_search_index")]
    operations = [migrations.RunPython(make_index, drop_index)]
