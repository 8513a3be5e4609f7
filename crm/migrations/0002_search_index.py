"""Index the search text by trigrams: pg_trgm on PostgreSQL, an FTS5 table kept by triggers on SQLite."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("crm_person", "crm_company", "crm_deal")

POSTGRESQL = (
    "CREATE INDEX IF NOT EXISTS {t}_trigrams ON {t} USING gin (search_text gin_trgm_ops)",
    "CREATE INDEX IF NOT EXISTS {t}_head ON {t} (left(search_text, 32) text_pattern_ops)",
)
SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS {t}_search USING fts5"
    "(search_text, content='{t}', content_rowid='id', tokenize='trigram')",
    "CREATE INDEX IF NOT EXISTS {t}_head ON {t} (SUBSTR(search_text, 1, 32))",
    "CREATE TRIGGER IF NOT EXISTS {t}_search_insert AFTER INSERT ON {t} BEGIN "
    "INSERT INTO {t}_search(rowid, search_text) VALUES (new.id, new.search_text); END",
    "CREATE TRIGGER IF NOT EXISTS {t}_search_delete AFTER DELETE ON {t} BEGIN "
    "INSERT INTO {t}_search({t}_search, rowid, search_text) VALUES ('delete', old.id, old.search_text); END",
    "CREATE TRIGGER IF NOT EXISTS {t}_search_update AFTER UPDATE OF search_text ON {t} "
    "WHEN old.search_text IS NOT new.search_text BEGIN "
    "INSERT INTO {t}_search({t}_search, rowid, search_text) VALUES ('delete', old.id, old.search_text); "
    "INSERT INTO {t}_search(rowid, search_text) VALUES (new.id, new.search_text); END",
    "INSERT INTO {t}_search({t}_search) VALUES ('rebuild')",
)


def make_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        for table in TABLES:
            schema_editor.execute(statement.format(t=table), params=None)


def drop_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX IF EXISTS {table}_trigrams")
        else:
            for moment in ("insert", "delete", "update"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_search_{moment}")
            schema_editor.execute(f"DROP TABLE IF EXISTS {table}_search")
        schema_editor.execute(f"DROP INDEX IF EXISTS {table}_head")


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_initial")]
    operations = [migrations.RunPython(make_index, drop_index)]
