"""Keep the sums of deals by triggers: whatever writes a deal, by page, import or bulk, the sums are right at once."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

KEY = "stage_id, owner_id, team_id, expected_close_on"
COLUMNS = f"{KEY}, number, total, estimated, unestimated"
FILL = (
    f"INSERT INTO crm_dealsum ({COLUMNS}) SELECT {KEY}, COUNT(*), SUM(amount * rate), "
    "COALESCE(SUM(amount * rate * probability), 0), "
    "COALESCE(SUM(CASE WHEN probability IS NULL THEN amount * rate END), 0) "
    f"FROM crm_deal GROUP BY {KEY}"
)

# A statement appends what it changed, added up: nobody waits for anybody, and a bulk write appends few rows.
SIGNED = f"SELECT {KEY}, probability, {{sign}} AS n, {{sign}} * amount * rate AS worth FROM {{table}}"
APPEND = (
    f"INSERT INTO crm_dealsum ({COLUMNS}) SELECT {KEY}, SUM(n), SUM(worth), COALESCE(SUM(worth * probability), 0), "
    "COALESCE(SUM(worth) FILTER (WHERE probability IS NULL), 0) FROM ({changes}) AS changes "
    f"GROUP BY {KEY} HAVING SUM(n) <> 0 OR SUM(worth) <> 0 OR COALESCE(SUM(worth * probability), 0) <> 0 "
    "OR COALESCE(SUM(worth) FILTER (WHERE probability IS NULL), 0) <> 0;"
)
ADDED, GONE = SIGNED.format(sign=1, table="added"), SIGNED.format(sign=-1, table="gone")
TABLES = {
    "insert": ("REFERENCING NEW TABLE AS added", ADDED),
    "update": ("REFERENCING OLD TABLE AS gone NEW TABLE AS added", f"{ADDED} UNION ALL {GONE}"),
    "delete": ("REFERENCING OLD TABLE AS gone", GONE),
}
FUNCTION = (
    "CREATE FUNCTION crm_deal_sum_{moment}() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN {append} RETURN NULL; END $$"
)
TRIGGER = (
    "CREATE TRIGGER crm_deal_sum_{moment} AFTER {moment} ON crm_deal {tables} "
    "FOR EACH STATEMENT EXECUTE FUNCTION crm_deal_sum_{moment}()"
)

# SQLite has one writer at a time: there, one row for each key is added to and taken from.
SAME = (
    "stage_id = {row}.stage_id AND owner_id IS {row}.owner_id AND team_id IS {row}.team_id "
    "AND expected_close_on IS {row}.expected_close_on"
)
ADD = (
    "UPDATE crm_dealsum SET number = number {sign} 1, total = total {sign} {row}.amount * {row}.rate, "
    "estimated = estimated {sign} COALESCE({row}.amount * {row}.rate * {row}.probability, 0), "
    "unestimated = unestimated {sign} CASE WHEN {row}.probability IS NULL THEN {row}.amount * {row}.rate ELSE 0 END "
    f"WHERE {SAME};"
)
OPEN = (
    f"INSERT INTO crm_dealsum ({COLUMNS}) SELECT new.stage_id, new.owner_id, new.team_id, new.expected_close_on, "
    f"0, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM crm_dealsum WHERE {SAME.format(row='new')});"
)
IN, OUT = OPEN + ADD.format(row="new", sign="+"), ADD.format(row="old", sign="-")
COUNTED = ("stage_id", "owner_id", "team_id", "expected_close_on", "amount", "rate", "probability")
CHANGED = " OR ".join(f"old.{column} IS NOT new.{column}" for column in COUNTED)
SQLITE = (
    f"CREATE TRIGGER crm_deal_sum_insert AFTER INSERT ON crm_deal BEGIN {IN} END",
    f"CREATE TRIGGER crm_deal_sum_update AFTER UPDATE ON crm_deal WHEN {CHANGED} BEGIN {OUT} {IN} END",
    f"CREATE TRIGGER crm_deal_sum_delete AFTER DELETE ON crm_deal BEGIN {OUT} END",
)


def keep(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE:
            schema_editor.execute(statement, params=None)
    else:
        for moment, (tables, changes) in TABLES.items():
            append = APPEND.format(changes=changes)
            schema_editor.execute(FUNCTION.format(moment=moment, append=append), params=None)
            schema_editor.execute(TRIGGER.format(moment=moment, tables=tables), params=None)
    schema_editor.execute(FILL, params=None)


def let_go(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for moment in TABLES:
        schema_editor.execute(f"DROP TRIGGER crm_deal_sum_{moment}{'' if is_sqlite else ' ON crm_deal'}")
        if not is_sqlite:
            schema_editor.execute(f"DROP FUNCTION crm_deal_sum_{moment}()")
    schema_editor.execute("DELETE FROM crm_dealsum")


class Migration(migrations.Migration):
    dependencies = [("crm", "0006_deal_sums")]
    operations = [migrations.RunPython(keep, let_go)]
