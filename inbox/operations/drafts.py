"""What colleagues have begun to write, kept until it is sent."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from crm.models import User
from inbox.models import Conversation, Draft
from inbox.operations.conversations import own_ids


@transaction.atomic
def keep_draft(*, conversation: Conversation, user: User, text: str, is_note: bool, key: str) -> bool:
    """Keep what is written so far, one draft for each colleague and conversation; an empty one is no draft.

    Returns whether something is kept: what was sent under this key meanwhile does not come back as a draft.
    """
    Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)  # as writing does: one after the other
    if not text.strip() or conversation.messages.filter(external_id__startswith=own_ids(conversation, key)).exists():
        drop_draft(conversation=conversation, user=user)
        return False
    kept = {"text": text, "is_note": is_note, "saved_at": timezone.now()}
    Draft.objects.update_or_create(conversation=conversation, user=user, defaults=kept)
    return True


def drop_draft(*, conversation: Conversation, user: User) -> None:
    Draft.objects.filter(conversation=conversation, user=user).delete()
