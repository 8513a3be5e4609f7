"""The demo business learned: its months counted, a training asked for, and all of it forgotten again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

if TYPE_CHECKING:
    from crm.demo import DemoShop


def learn_demo(shop: DemoShop) -> None:
    """The demo's orders come without news of each: count the months, and have everything learned once.

    Topics first: they take seconds, wait in the same queue, and a newcomer looks for them at once.
    """
    from analytics.operations.report_days import rebuild_all_days
    from analytics.operations.runs import request_training
    from analytics.operations.sales import recount_all_months
    from analytics.operations.topics import wake_learner

    recount_all_months()
    rebuild_all_days()
    transaction.on_commit(wake_learner)
    request_training()


def forget_demo() -> None:
    """What was learned from made-up people must not judge real ones: everything is learned anew from who is left."""
    from analytics.operations.forgetting import forget_all_learned
    from analytics.operations.report_days import rebuild_all_days
    from analytics.operations.runs import request_training

    forget_all_learned()
    rebuild_all_days()
    request_training()
