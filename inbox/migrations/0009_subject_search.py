"""Index the subjects of conversations by trigrams: pg_trgm on PostgreSQL, an FTS5 table kept by triggers on SQLite."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

POSTGRESQL = (
    "CREATE INDEX IF NOT EXISTS inbox_conversation_trigrams ON inbox_conversation USING gin "
    "(upper(subject) gin_trgm_ops)",
)
SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS inbox_conversation_search USING fts5"
    "(subject, content='inbox_conversation', content_rowid='id', tokenize='trigram')",
    "CREATE TRIGGER IF NOT EXISTS inbox_conversation_search_insert AFTER INSERT ON inbox_conversation BEGIN "
    "INSERT INTO inbox_conversation_search(rowid, subject) VALUES (new.id, new.subject); END",
    "CREATE TRIGGER IF NOT EXISTS inbox_conversation_search_delete AFTER DELETE ON inbox_conversation BEGIN "
    "INSERT INTO inbox_conversation_search(inbox_conversation_search, rowid, subject) "
    "VALUES ('delete', old.id, old.subject); END",
    "CREATE TRIGGER IF NOT EXISTS inbox_conversation_search_update AFTER UPDATE OF subject ON inbox_conversation "
    "WHEN old.subject IS NOT new.subject BEGIN "
    "INSERT INTO inbox_conversation_search(inbox_conversation_search, rowid, subject) "
    "VALUES ('delete', old.id, old.subject); "
    "INSERT INTO inbox_conversation_search(rowid, subject) VALUES (new.id, new.subject); END",
    "INSERT INTO inbox_conversation_search(inbox_conversation_search) VALUES ('rebuild')",
)


def make_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        schema_editor.execute(statement, params=None)


def drop_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS inbox_conversation_trigrams")
        return
    for moment in ("insert", "delete", "update"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS inbox_conversation_search_{moment}")
    schema_editor.execute("DROP TABLE IF EXISTS inbox_conversation_search")


class Migration(migrations.Migration):
    dependencies = [("inbox", "0008_message_search"), ("crm", "0002_search_index")]
    operations = [migrations.RunPython(make_index, drop_index)]
