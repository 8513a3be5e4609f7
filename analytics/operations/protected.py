"""What managers decide about protected fields: read all the same for a reason, or kept from predictions."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.models import FieldRuling
from analytics.queries.protected import meaning_of
from crm.events import record_event
from crm.models import CustomField, User

MOST = 500
FEWEST = 10  # characters: "ok" is no reason


class NoReasonError(ValueError):
    """Only somebody who says why may have predictions read a protected field; the message says so."""


@transaction.atomic
def allow_field(*, field: CustomField, actor: User, why: str) -> FieldRuling | None:
    """From the next learning on predictions read this field although it is protected.

    One that only a manager's word protected needs no ruling any more: None. Records `field.allowed`. Raises
    NoReasonError without a reason in words.
    """
    why = " ".join(why.replace("\0", "").split())[:MOST]
    if len(why) < FEWEST:
        raise NoReasonError(
            _("Say in a sentence why: it is kept, and shown on the page of every prediction that looks at it.")
        )
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    if not meaning_of(field):
        FieldRuling.objects.filter(field=field).delete()
        ruling = None
    else:
        values = {"is_allowed": True, "why": why, "by": actor, "at": timezone.now()}
        ruling = FieldRuling.objects.update_or_create(field=field, defaults=values)[0]
    record_event(kind="field.allowed", subject=field, actor=actor, data={"name": field.label, "why": why})
    return ruling


@transaction.atomic
def protect_field(*, field: CustomField, actor: User, why: str = "") -> None:
    """Keep this field from predictions: at once from scores, and from the next learning. Idempotent.

    Records `field.protected` where that is a change.
    """
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    why = " ".join(why.replace("\0", "").split())[:MOST]
    if meaning_of(field):
        is_news = FieldRuling.objects.filter(field=field).delete()[0] > 0
    else:
        values = {"is_allowed": False, "why": why, "by": actor, "at": timezone.now()}
        is_news = FieldRuling.objects.get_or_create(field=field, defaults=values)[1]
    if is_news:
        record_event(kind="field.protected", subject=field, actor=actor, data={"name": field.label, "why": why})
