"""What predictions add to the list of people: columns, and fields to filter by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm import formats
from crm.extensions import FilterField, ListColumn
from crm.marks import badge
from crm.models import Person

from .group_words import RULES, group_name, words_of
from .models import CONTRACTS, LEAD, Band, CustomerGroup, GroupMember, Recommendation, Score, ScoredTask
from .reasons import RISK_NEWS, RISK_TONES, RISK_WORDS, VALUE_WORDS, WIN_TONES, WIN_WORDS, band_words

People = QuerySet[Person]
LOOKUPS = {"at_least": "gte", "at_most": "lte", "more_than": "gt", "less_than": "lt", "is": "exact"}
WORTH_FIFTHS: dict[str, tuple[int, ...]] = {Band.LOW: (1, 2), Band.MEDIUM: (3, 4), Band.HIGH: (5,)}


def _beside(people: People, task: str, name: str) -> Any:
    """Each person with their score of this task under a name, if they have one."""
    return people.annotate(**{name: FilteredRelation("scores", condition=Q(scores__task=task))})


def with_risk(people: People) -> People:
    beside = _beside(people, ScoredTask.CHURN, "risk_score")
    risky: People = beside.annotate(risk_band=F("risk_score__band"), risk_kind=F("risk_score__kind"))
    return risky


def with_value(people: People) -> People:
    beside = _beside(people, ScoredTask.VALUE, "value_score")
    valued: People = beside.annotate(expected_value=F("value_score__value"))
    return valued


def by_score(people: People, is_falling: bool, *, task: str) -> People:
    """Those who have this score, in its order along the index."""
    scored = _beside(people, task, "sorted_score").filter(sorted_score__place__isnull=False)
    place = F("sorted_score__place")
    if is_falling:
        falling: People = scored.order_by(place.desc(), "-pk")
        return falling
    rising: People = scored.order_by(place.asc(), "pk")
    return rising


def risk_badge(person: Any) -> str:
    """The band of a person's risk, as a badge; nothing where there is none."""
    band = person.risk_band or ""
    return badge(band_words(ScoredTask.CHURN, band), RISK_TONES.get(band, "")) if band else ""


def value_words(person: Any) -> str:
    return "" if person.expected_value is None else formats.money_whole(person.expected_value, person.currency)


def with_group(people: People) -> People:
    grouped: People = people.annotate(group_key=F("group__rules"))
    return grouped


def group_words(person: Any) -> str:
    return str(RULES[person.group_key].name) if person.group_key in RULES else ""


def group_badge(person: Any) -> str:
    """The group by rules as a badge; nothing for who has never ordered."""
    return badge(group_words(person), words_of("rules", person.group_key).tone) if group_words(person) else ""


def with_lead(people: People) -> People:
    beside = _beside(people, LEAD, "lead_score")
    leads: People = beside.annotate(lead_chance=F("lead_score__value"), lead_band=F("lead_score__band"))
    return leads


def with_contract(people: People) -> People:
    beside = _beside(people, CONTRACTS[1], "contract_score")
    subscribers: People = beside.annotate(
        contract_chance=F("contract_score__value"), contract_band=F("contract_score__band")
    )
    return subscribers


def contract_badge(person: Any) -> str:
    """The risk that a running subscription ends, as a badge; nothing where there is none."""
    band = person.contract_band or ""
    return badge(band_words(CONTRACTS[1], band), RISK_TONES.get(band, "")) if band else ""


def lead_badge(person: Any) -> str:
    """The band of a chance of a first order, as a badge; nothing where there is none."""
    band = person.lead_band or ""
    return badge(band_words(LEAD, band), WIN_TONES.get(band, "")) if band else ""


COLUMNS = (
    ListColumn(
        "risk", "person", _("Risk"), risk_badge, with_risk,
        partial(by_score, task=ScoredTask.CHURN), lambda person: band_words(ScoredTask.CHURN, person.risk_band or ""),
    ),
    ListColumn(
        "value", "person", _("Expected value"), value_words, with_value,
        partial(by_score, task=ScoredTask.VALUE), lambda person: person.expected_value, is_number=True,
        is_wide_only=True,
    ),
    ListColumn("group", "person", _("Group"), group_badge, with_group, None, group_words, is_extra=True),
    ListColumn(
        "contract", "person", _("Risk of the subscription"), contract_badge, with_contract,
        partial(by_score, task=CONTRACTS[1]), lambda person: person.contract_chance, is_default=False,
    ),
    ListColumn(
        "lead", "person", _("Chance of a first order"), lead_badge, with_lead,
        partial(by_score, task=LEAD), lambda person: person.lead_chance, is_default=False,
    ),
)  # fmt: skip


def _people(scores: QuerySet[Score]) -> Q:
    return Q(pk__in=scores.order_by().values("person_id"))


def by_number(name: str, task: str, op: str, value: Any) -> Q:
    """People whose score has such a number."""
    scores = Score.objects.filter(task=task)
    if op == "between":
        return _people(scores.filter(**{f"{name}__gte": value[0], f"{name}__lte": value[1]}))
    if op in ("is_empty", "is_set"):
        return ~_people(scores) if op == "is_empty" else _people(scores)
    return _people(scores.filter(**{f"{name}__{LOOKUPS[op]}": value}))


def by_choice(
    name: str, values: Mapping[str, tuple[Any, ...]] | None, op: str, value: Any, *, task: str = ScoredTask.CHURN
) -> Q:
    """People whose chance of this task has one of these words. `values` are what a word stands for in the column."""
    scores = Score.objects.filter(task=task)
    if op in ("is_empty", "is_set"):
        return ~_people(scores) if op == "is_empty" else _people(scores)
    chosen = value if isinstance(value, list) else [value]
    stored = [each for word in chosen for each in (values[word] if values else (word,))]
    found = _people(scores.filter(**{f"{name}__in": stored}))
    return ~found if op in ("is_not", "none_of") else found


def by_group(way: str, op: str, value: Any) -> Q:
    """People who are in one of these groups, or in none."""
    members = GroupMember.objects.order_by().exclude(**{way: ""})
    if op in ("is_empty", "is_set"):
        anywhere = Q(pk__in=members.values("person_id"))
        return ~anywhere if op == "is_empty" else anywhere
    keys = value if isinstance(value, list) else [value]
    found = Q(pk__in=members.filter(**{f"{way}__in": keys}).values("person_id"))
    return ~found if op in ("is_not", "none_of") else found


def found_groups() -> dict[str, str]:
    """The groups found in the orders, by key."""
    groups = CustomerGroup.objects.filter(way=CustomerGroup.Way.FOUND).order_by("position")
    return {group.key: group_name(group) for group in groups}


def by_offer(op: str, value: Any) -> Q:
    """People to whom a product of this name or article number is recommended, or any."""
    rows = Recommendation.objects.filter(person__no_profiling=False)
    if op in ("is", "contains"):
        lookup = "iexact" if op == "is" else "icontains"
        rows = rows.filter(Q(**{f"product__name__{lookup}": value}) | Q(**{f"product__sku__{lookup}": value}))
    found = Q(pk__in=rows.order_by().values("person_id"))
    return ~found if op == "is_empty" else found


def by_due(op: str, value: Any) -> Q:
    """People who would usually have bought a product again by today."""
    rows = Recommendation.objects.filter(kind=Recommendation.Kind.AGAIN, due_on__lte=timezone.localdate())
    found = Q(pk__in=rows.order_by().values("person_id"))
    return found if value else ~found


def of_score(name: str, task: str) -> Subquery:
    """A figure of each person's score, for reports to group by; nothing for whom no profile is wanted."""
    scores = Score.objects.filter(person=OuterRef("pk"), task=task, person__no_profiling=False)
    return Subquery(scores.order_by().values(name)[:1])


_GROUP = _("Insights")
FIELDS = (
    FilterField(
        "person.risk", "person", _("Risk of leaving"), "choice", compile=partial(by_choice, "band", None),
        options=lambda: RISK_WORDS, group=_GROUP, by=partial(of_score, "band", ScoredTask.CHURN), is_ordered=True,
        tones=RISK_NEWS,
    ),
    FilterField(
        "person.lead", "person", _("Chance of a first order"), "choice",
        compile=partial(by_choice, "band", None, task=LEAD), options=lambda: WIN_WORDS, group=_GROUP,
        by=partial(of_score, "band", LEAD), is_ordered=True,
    ),
    FilterField(
        "person.contract", "person", _("Risk that the subscription ends in 3 months"), "choice",
        compile=partial(by_choice, "band", None, task=CONTRACTS[1]), options=lambda: RISK_WORDS, group=_GROUP,
        by=partial(of_score, "band", CONTRACTS[1]), is_ordered=True, tones=RISK_NEWS,
    ),
    FilterField(
        "person.worth", "person", _("Worth if they stay"), "choice", compile=partial(by_choice, "fifth", WORTH_FIFTHS),
        options=lambda: VALUE_WORDS, group=_GROUP,
    ),
    FilterField(
        "person.value_fifth", "person", _("Worth if they stay, fifth (5 is the best)"), "number",
        compile=partial(by_number, "fifth", ScoredTask.CHURN), group=_GROUP,
        by=partial(of_score, "fifth", ScoredTask.CHURN),
    ),
    FilterField(
        "person.expected_value", "person", _("Expected value, 12 months"), "number",
        compile=partial(by_number, "value", ScoredTask.VALUE), group=_GROUP,
        by=partial(of_score, "value", ScoredTask.VALUE),
    ),
    FilterField(
        "person.group", "person", _("Group"), "choice", compile=partial(by_group, "rules"),
        options=lambda: {key: words.name for key, words in RULES.items()}, group=_GROUP,
        by=lambda: F("group__rules"), is_ordered=True,
    ),
    FilterField(
        "person.found_group", "person", _("Group found in the orders"), "choice", compile=partial(by_group, "found"),
        options=found_groups, group=_GROUP,
        by=lambda: F("group__found"),
    ),
    FilterField(
        "person.offered", "person", _("May buy next"), "text", compile=by_offer, group=_GROUP,
        operators=("is", "contains", "is_empty", "is_set"),
    ),
    FilterField("person.due", "person", _("Is due to reorder"), "boolean", compile=by_due, group=_GROUP),
)  # fmt: skip
