"""What colleagues said of conversations, as far as it may be learnt from."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from inbox.models import TopicSaid

FEWEST_EXAMPLES, GOOD_EXAMPLES = 3, 8  # of a topic: it starts, and it is known well


def said() -> QuerySet[TopicSaid]:
    """Examples of topics in use, in messages of customers who do not mind being learnt from."""
    rows = TopicSaid.objects.filter(is_it=True, topic__is_active=True)
    return rows.filter(message__conversation__person__no_profiling=False)


def example_counts() -> dict[int, int]:
    """How many examples each topic has, by its id."""
    return dict(said().order_by().values_list("topic").annotate(n=Count("pk")))


def ready_topics() -> list[int]:
    """Ids of topics with enough examples to start, in order."""
    return sorted(topic for topic, count in example_counts().items() if count >= FEWEST_EXAMPLES)
