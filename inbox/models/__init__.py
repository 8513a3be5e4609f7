"""What customers say to us and we to them: channels, conversations (= tickets), messages and the outgoing post."""

from .channels import Channel
from .conversations import Conversation, ConversationQuerySet, Draft, Message, Mood, OfConversationQuerySet
from .post import Post
from .ratings import BAD_UNTIL, GOOD_FROM, MOST, Asking, Rating, RatingQuerySet
from .topics import Topic, TopicSaid

__all__ = [
    "BAD_UNTIL",
    "GOOD_FROM",
    "MOST",
    "Asking",
    "Channel",
    "Conversation",
    "ConversationQuerySet",
    "Draft",
    "Message",
    "Mood",
    "OfConversationQuerySet",
    "Post",
    "Rating",
    "RatingQuerySet",
    "Topic",
    "TopicSaid",
]
