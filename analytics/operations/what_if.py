"""What a chance would be if something were otherwise: the model in use on another history. Nothing is written.

The histories are changed, not the numbers made of them, so that what is said is what a score would be after the fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.levers import is_worth_saying, lever_words, most_words
from analytics.loading import Champion
from analytics.ml.features import Features, build_features
from analytics.ml.purchases import day_number
from analytics.ml.what_if import with_purchase, with_return
from analytics.models import CONTRACTS, LEAD, WIN, ScoredTask
from analytics.queries import contract_changes, lead_changes
from analytics.queries.clock import read_clock
from analytics.queries.contract_history import contract_columns, read_contracts, running
from analytics.queries.deal_changes import LEVERS, is_planned, with_amount, with_close, with_stage, with_step
from analytics.queries.deal_history import DealHistory, deal_columns, read_histories, stage_places
from analytics.queries.frames import purchases_of
from analytics.queries.lead_history import lead_columns, people_without_orders, read_leads
from analytics.queries.person_insight import workspace_currency
from analytics.queries.sufficiency import what_is_missing, why_unknown
from analytics.reasons import chance_words, horizon_words
from crm import formats
from crm.charts import HBar, HBarChart
from crm.models import Deal, Person, Stage

from .levers import Pulled, pull
from .registry import champions

WAITS = (30, 60)
MOST_TIMES = 10.0  # a value so far beyond the larger deals that were learned from tells nothing
LEAST_BOUND = Decimal(1000)
MOST_AHEAD = timedelta(days=3 * 365)


@dataclass(frozen=True)
class World:
    """One way it could be; `is_ours` where somebody here can bring it about."""

    label: str
    chance: float
    note: str = ""
    is_ours: bool = False


@dataclass(frozen=True)
class WhatIf:
    """The vocabulary of the template: `refused` says why there is nothing else."""

    refused: str = ""
    says: str = ""
    chart: HBarChart | None = None
    most: str = ""
    careful: str = ""


# --- a customer -------------------------------------------------------------------------------------------------------


def person_what_if(person: Person) -> WhatIf:
    """With an order today, without one for longer, with one more return: by the model of leaving, and of value."""
    if person.no_profiling:
        return WhatIf(_("This person wants no profiling: nothing is predicted and nothing is learned."))
    if not person.order_count:
        return _lead_what_if(person)
    serving = champions(ScoredTask.CHURN, ScoredTask.VALUE)
    if ScoredTask.CHURN not in serving:
        missing = what_is_missing()
        words = _("Only a rule of thumb is in use: it can't tell what would be.")
        return WhatIf(f"{words} {missing.words}." if missing else words)
    histories = _histories(person)
    if not histories:
        return WhatIf(_("There is no order yet that anything could be worked out from."))
    days = int(serving[ScoredTask.CHURN].scorer.serving.horizon_days)
    return _page(
        _("The chance that no order comes in the next %(time)s:") % {"time": horizon_words(days)},
        _customer_worlds(histories, serving),
        serving[ScoredTask.CHURN],
        _customer_careful(serving),
    )


def _customer_careful(serving: Mapping[str, Champion]) -> str:
    """What is said below the worlds: this money is not that of the card, where it says what is at stake."""
    careful = _("Worked out as if it had happened: it says what usually follows, not what must.")
    if ScoredTask.VALUE not in serving:
        return careful
    money = _(
        "The money is what they are expected to spend, counting that they may leave; what they may spend if they stay "
        "can be more."
    )
    return f"{careful} {money}"


def _histories(person: Person) -> Sequence[tuple[str, Features, bool]]:
    """Each with its words, and whether somebody here can bring it about; nothing for who has bought nothing."""
    clock = read_clock()
    today = day_number(clock.as_of)
    known = purchases_of(clock, [person.pk], before=clock.as_of)
    now = build_features(known, today)
    if not len(now):
        return []
    waits = [(_without_order_words(days), build_features(known, today + days), False) for days in WAITS]
    return [
        (_("As it is"), now, False),
        (lever_words("order"), build_features(with_purchase(known, today), today), True),
        *waits,
        (_("With one more return today"), build_features(with_return(known, today), today), False),
    ]


def _without_order_words(days: int) -> str:
    return ngettext("Without an order for another %(n)s day", "Without an order for another %(n)s days", days) % {
        "n": formats.number(days)
    }


def _customer_worlds(histories: Sequence[tuple[str, Features, bool]], serving: Mapping[str, Champion]) -> list[World]:
    churn, value = serving[ScoredTask.CHURN].scorer, serving.get(ScoredTask.VALUE)
    currency = workspace_currency()
    return [
        World(label, float(churn.predict(features)[0]), _money_words(value, features, currency), is_ours)
        for label, features, is_ours in histories
    ]


def _money_words(value: Champion | None, features: Features, currency: str) -> str:
    if value is None:
        return ""
    return _("· %(amount)s expected in %(time)s") % {
        "amount": formats.money_whole(float(value.scorer.predict(features)[0]), currency),
        "time": horizon_words(int(value.scorer.serving.horizon_days)),
    }


# --- somebody without an order, or with a subscription ----------------------------------------------------------------


def _lead_what_if(person: Person) -> WhatIf:
    """With what can be done for a first order."""
    champion, now = champions(LEAD).get(LEAD), timezone.now()
    if champion is None:
        return WhatIf(why_unknown(LEAD).words)
    leads = read_leads(list(people_without_orders(now).filter(pk=person.pk).values_list("pk", flat=True)))
    if not leads:
        return WhatIf(_("This is worked out with the next change, or tonight."))
    pulled = pull(leads, now, levers=lead_changes.LEVERS, columns=lead_columns, scorer=champion.scorer)
    chance = champion.scorer.predict(lead_columns(leads, [(pk, now) for pk in leads])).tolist()
    return _page(
        _("The chance of a first order in three months:"), _pulled_worlds(chance[0], pulled), champion,
        _("It says what became of people who looked like this, not that the change alone would do it."), is_wish=True,
    )  # fmt: skip


def contract_what_if(person: Person) -> WhatIf:
    """With what can be done to keep the subscription that is likeliest to end."""
    if person.no_profiling:
        return WhatIf(_("This person wants no profiling: nothing is predicted and nothing is learned."))
    task, now = CONTRACTS[-1], timezone.now()
    champion = champions(task).get(task)
    if champion is None:
        return WhatIf(why_unknown(task).words)
    there = set(running(now.date() + timedelta(days=1)).filter(person=person).values_list("pk", flat=True))
    contracts = {pk: one for pk, one in read_contracts([person.pk]).items() if pk in there}
    if not contracts:
        return WhatIf(_("No subscription is running."))
    chances = champion.scorer.predict(contract_columns(contracts, [(pk, now) for pk in contracts])).tolist()
    chance, likeliest = max(zip(chances, contracts, strict=True))
    pulled = pull(
        {likeliest: contracts[likeliest]}, now, levers=contract_changes.LEVERS, columns=contract_columns,
        scorer=champion.scorer,
    )  # fmt: skip
    return _page(
        _("The chance that “%(name)s” ends in the next 3 months:") % {"name": contracts[likeliest].subscription.name},
        _pulled_worlds(chance, pulled), champion,
        _("It says what became of subscriptions that looked like this, not that the change alone would do it."),
    )  # fmt: skip


def _pulled_worlds(now: float, pulled: Sequence[Pulled[Any]]) -> list[World]:
    return [World(_("As it is"), now), *(World(lever_words(one.key), one.chance, "", True) for one in pulled)]


# --- a deal -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wishes:
    """What is asked of a deal; None leaves it as it is."""

    stage: Stage | None = None
    close_on: date | None = None
    amount: Decimal | None = None
    has_step: bool = False


@dataclass(frozen=True)
class DealCase:
    """A deal that the model in use can judge, or in `refused` why not. `most_amount` is in the deal's currency."""

    refused: str = ""
    history: DealHistory | None = None
    champion: Champion | None = None
    at: datetime | None = None
    most_amount: Decimal = Decimal(0)

    @property
    def is_planned(self) -> bool:
        """A next step is planned already."""
        return self.history is not None and is_planned(self.history)


def deal_case(deal: Deal) -> DealCase:
    """The deal's history and the model in use, or why there is nothing to work out."""
    if deal.stage.kind != Stage.Kind.OPEN:
        return DealCase(_("This deal is closed: its end helps to judge the next ones."))
    if deal.person is not None and deal.person.no_profiling:
        return DealCase(_("This person wants no profiling: nothing is predicted and nothing is learned."))
    champion = champions(WIN).get(WIN)
    if champion is None:
        return DealCase(why_unknown(WIN).words)
    now, history = timezone.now(), read_histories([deal.pk]).get(deal.pk)
    if history is None or history.place(now) is None:
        return DealCase(_("This is worked out with the next change, or tonight."))
    return DealCase("", history, champion, now, _most_amount(deal, champion))


def _most_amount(deal: Deal, champion: Champion) -> Decimal:
    edges = (champion.scorer.card.get("spread", {}).get("amount") or {}).get("edges") or [0.0]
    learned = Decimal(round(MOST_TIMES * edges[-1])) / (deal.rate or Decimal(1))
    return max(learned.to_integral_value(), deal.amount, LEAST_BOUND)


def deal_what_if(deal: Deal, case: DealCase, wishes: Wishes) -> WhatIf:
    """Each wish alone, and all of them where there are several; a planned step is always among them."""
    if case.history is None or case.champion is None or case.at is None:
        return WhatIf(case.refused)
    histories = _deal_histories(case.history, case.at, wishes)
    numbered = {number: history for number, (_label, history, _is_ours) in enumerate(histories)}
    moments = [(number, case.at) for number in numbered]
    chances = case.champion.scorer.predict(deal_columns(numbered, moments)).tolist()
    worlds = [World(label, chance, "", is_ours)
              for (label, _history, is_ours), chance in zip(histories, chances, strict=True)]  # fmt: skip
    return _page(
        _("The chance of winning:"), worlds, case.champion,
        _("It says how deals that looked like this ended, not that the change alone would win it."), is_wish=True,
    )  # fmt: skip


def _deal_histories(history: DealHistory, at: datetime, wishes: Wishes) -> list[tuple[str, DealHistory, bool]]:
    """As it is, what could be done at once, each wish alone, and all wishes where there are several."""
    found = [(_("As it is"), history, False), *_at_once(history, at)]
    together, wished = history, 0
    planned = with_step(history, at) if wishes.has_step else None
    if planned is not None:
        together, wished = planned, wished + 1
    if wishes.amount is not None:
        words = _("Worth %(amount)s") % {"amount": formats.money(wishes.amount, history.deal.currency)}
        found.append((words, with_amount(history, at, wishes.amount), wishes.amount < history.deal.amount))
        together, wished = with_amount(together, at, wishes.amount), wished + 1
    if wishes.close_on is not None:
        words = _("Expected to close on %(day)s") % {"day": formats.date_words(wishes.close_on)}
        found.append((words, with_close(history, at, wishes.close_on), False))
        together, wished = with_close(together, at, wishes.close_on), wished + 1
    place = stage_places()[wishes.stage.pk] if wishes.stage else None
    if place is not None and wishes.stage is not None:
        found.append((_("Moved to “%(stage)s”") % {"stage": wishes.stage.name}, with_stage(history, at, place), False))
        together, wished = with_stage(together, at, place), wished + 1
    return [*found, (_("With your changes"), together, False)] if wished > 1 else found


def _at_once(history: DealHistory, at: datetime) -> list[tuple[str, DealHistory, bool]]:
    asked = ((lever_words(key), change(history, at)) for key, change in LEVERS.items())
    return [(words, changed, True) for words, changed in asked if changed is not None]


# --- both -------------------------------------------------------------------------------------------------------------


def _page(says: str, worlds: Sequence[World], champion: Champion, careful: str, *, is_wish: bool = False) -> WhatIf:
    now = worlds[0]
    rows = [
        HBar(world.label, chance_words(world.chance), world.note, "", round(100 * world.chance, 2), world is now)
        for world in worlds
    ]
    return WhatIf("", says, HBarChart(says, rows), _most(worlds, champion, is_wish=is_wish), careful)


def _most(worlds: Sequence[World], champion: Champion, *, is_wish: bool) -> str:
    """What somebody here can do that helps most, where it helps by more than noise."""
    now, others = worlds[0], worlds[1:]
    card = champion.scorer.card
    if others and not any(is_worth_saying(now.chance, world.chance, card) for world in others):
        return _("None of this would change much.")
    sign = 1.0 if is_wish else -1.0
    helpful = [world for world in others if world.is_ours and sign * (world.chance - now.chance) > 0]
    best = max(helpful, key=lambda world: sign * world.chance, default=None)
    if best is None or not is_worth_saying(now.chance, best.chance, card):
        return ""
    return most_words(best.label, best.chance)
