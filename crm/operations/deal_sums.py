"""Adding up the kept sums of deals anew, into one row for each key."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import Count, Sum

from crm.models import DealSum

MOST_SPARE = 500  # rows that are not worth tidying away
LOCK = 7_205_118  # names this work among PostgreSQL's advisory locks

_FILL = """
    INSERT INTO crm_dealsum (stage_id, owner_id, team_id, expected_close_on, number, total, estimated, unestimated)
    SELECT stage_id, owner_id, team_id, expected_close_on, COUNT(*), SUM(amount * rate),
           COALESCE(SUM(amount * rate * COALESCE(probability, win_probability)), 0),
           COALESCE(SUM(CASE WHEN COALESCE(probability, win_probability) IS NULL THEN amount * rate END), 0)
    FROM crm_deal GROUP BY stage_id, owner_id, team_id, expected_close_on
"""


@transaction.atomic
def recount_deal_sums() -> None:
    """Add up all deals. Safe beside other writers: PostgreSQL does it in one statement, so from one moment's rows."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute(f"WITH gone AS (DELETE FROM crm_dealsum) {_FILL}")  # noqa: S608 (nothing from outside)
        else:
            cursor.execute("DELETE FROM crm_dealsum")
            cursor.execute(_FILL)


def tidy_deal_sums() -> bool:
    """Recount where writes have left many more rows than there are keys; says whether that was so."""
    keys = DealSum.objects.values("stage", "owner", "team", "expected_close_on").annotate(deals=Sum("number"))
    live = keys.filter(deals__gt=0).count()
    held = DealSum.objects.aggregate(rows=Count("pk"))["rows"]
    is_scattered: bool = held > 2 * live + MOST_SPARE
    if is_scattered:
        recount_deal_sums()
    return is_scattered
