"""Keep the sums of deals by the chance that was learned, where no colleague gave an estimate.

These are the triggers of 0007 with another chance; they take their place.
"""

from importlib import import_module

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

before = import_module("crm.migrations.0007_keep_deal_sums")
KEY, COLUMNS, TABLES = before.KEY, before.COLUMNS, before.TABLES

FILL = (
    f"INSERT INTO crm_dealsum ({COLUMNS}) SELECT {KEY}, COUNT(*), SUM(amount * rate), "
    "COALESCE(SUM(amount * rate * COALESCE(probability, win_probability)), 0), "
    "COALESCE(SUM(CASE WHEN COALESCE(probability, win_probability) IS NULL THEN amount * rate END), 0) "
    f"FROM crm_deal GROUP BY {KEY}"
)
SIGNED = (
    f"SELECT {KEY}, COALESCE(probability, win_probability) AS probability, {{sign}} AS n, "
    "{sign} * amount * rate AS worth FROM {table}"
)
ADDED, GONE = SIGNED.format(sign=1, table="added"), SIGNED.format(sign=-1, table="gone")
CHANGES = {"insert": ADDED, "update": f"{ADDED} UNION ALL {GONE}", "delete": GONE}

CHANCE = "COALESCE({row}.probability, {row}.win_probability)"
ADD = (
    "UPDATE crm_dealsum SET number = number {sign} 1, total = total {sign} {row}.amount * {row}.rate, "
    f"estimated = estimated {{sign}} COALESCE({{row}}.amount * {{row}}.rate * {CHANCE}, 0), "
    f"unestimated = unestimated {{sign}} CASE WHEN {CHANCE} IS NULL THEN {{row}}.amount * {{row}}.rate ELSE 0 END "
    f"WHERE {before.SAME};"
)
IN, OUT = before.OPEN + ADD.format(row="new", sign="+"), ADD.format(row="old", sign="-")
CHANGED = f"{before.CHANGED} OR old.win_probability IS NOT new.win_probability"
SQLITE = (
    f"CREATE TRIGGER crm_deal_sum_insert AFTER INSERT ON crm_deal BEGIN {IN} END",
    f"CREATE TRIGGER crm_deal_sum_update AFTER UPDATE ON crm_deal WHEN {CHANGED} BEGIN {OUT} {IN} END",
    f"CREATE TRIGGER crm_deal_sum_delete AFTER DELETE ON crm_deal BEGIN {OUT} END",
)


def keep(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    before.let_go(apps, schema_editor)
    if schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE:
            schema_editor.execute(statement, params=None)
    else:
        for moment, changes in CHANGES.items():
            append = before.APPEND.format(changes=changes)
            schema_editor.execute(before.FUNCTION.format(moment=moment, append=append), params=None)
            schema_editor.execute(before.TRIGGER.format(moment=moment, tables=TABLES[moment][0]), params=None)
    schema_editor.execute(FILL, params=None)


def back(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    before.let_go(apps, schema_editor)
    before.keep(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("crm", "0009_win_probability")]
    operations = [migrations.RunPython(keep, back)]
