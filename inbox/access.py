"""Guards of the inbox."""

from __future__ import annotations

from crm.access import visible_or_404
from crm.models import User
from inbox.models import Conversation


def get_conversation(user: User, pk: int) -> Conversation:
    """The conversation, if this user may see it. Raises Http404."""
    return visible_or_404(Conversation, user, pk, "person", "assignee", "channel", "team", "topic", "rating__post")
