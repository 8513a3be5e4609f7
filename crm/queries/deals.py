"""What the pages of deals show besides the board: the list, one deal, and what their dialogs offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm import formats
from crm.marks import badge
from crm.models import Company, ContactPoint, Deal, DealLine, Person, Stage, Tag, User
from crm.parts import Tone

from .columns import joined_tags, with_names
from .counts import Count as Counted
from .deal_board import rest_words
from .lists import Column, Listing
from .people import owner_words, tag_names, tag_pills
from .records import FieldFact, custom_fields, field_facts, open_tasks
from .tasks import TaskLine

USUAL_REASONS = 6
LOOKED_AT = 1000
MOST_LINES = 100


def all_stages() -> list[Stage]:
    """Every stage with its pipeline, in the order of the board; one query."""
    stages = Stage.objects.select_related("pipeline")
    return list(stages.order_by("pipeline__position", "pipeline_id", "position", "pk"))


def usual_reasons(user: User) -> list[str]:
    """Why deals were lost lately, the most frequent first, filled up with what most businesses hear; one query."""
    lost = Deal.objects.visible_to(user).exclude(lost_reason="")
    recent = lost.order_by("-created_at", "pk").values("pk")[:LOOKED_AT]
    counted = Deal.objects.filter(pk__in=recent).values_list("lost_reason").annotate(number=Count("pk"))
    found = [reason for reason, _number in counted.order_by("-number", "lost_reason")[:USUAL_REASONS]]
    common = [_("Too expensive"), _("Went to somebody else"), _("No answer any more"), _("Not now"), _("No need")]
    return list(dict.fromkeys([*found, *common]))[:USUAL_REASONS]


# --- the list -------------------------------------------------------------------------------------------------------


def dress_deals(deals: QuerySet[Any], reader: User) -> QuerySet[Any]:
    """Adds stage, person, company and owner, and the tags: one query for a whole page."""
    names: dict[str, tuple[str, ...]] = {
        "stage": ("name", "kind"), "person": ("name",), "company": ("name",), "owner": ("name", "email"),
    }  # fmt: skip
    rows: QuerySet[Any] = with_names(deals, without=("search_text",), **names).annotate(tag_list=joined_tags(Deal))
    return rows


def _day(at: Any) -> date | None:
    return timezone.localtime(at).date() if at else None


def _day_words(day: date | None) -> str:
    return formats.date_words(day) if day else ""


def _amount(deal: Any) -> str:
    return formats.money(deal.amount, deal.currency) if deal.amount else ""


def _chance_words(deal: Any) -> str:
    return "" if deal.win_probability is None else formats.percent(float(deal.win_probability) / 100)


def _name(record: Any) -> str:
    return str(record) if record else ""


def _count_words(count: Counted) -> str:
    return ngettext("%(number)s deal", "%(number)s deals", count.number) % {"number": count}


STAGE_TONES: dict[str, Tone] = {"won": "good", "lost": "bad"}


def _stage_badge(deal: Any) -> SafeString:
    return badge(deal.stage.name, STAGE_TONES.get(deal.stage.kind, ""))


DEALS = Listing(
    target="deal",
    model=Deal,
    url_name="crm:deal-list",
    row_url_name="crm:deal-detail",
    default_sort="-added",
    search_label=gettext_lazy("Search deals"),
    count_words=_count_words,
    dress=dress_deals,
    has_avatar=False,
    edit_capability="sell",
    also_narrows=("crm:deal-board", "crm:deal-forecast"),
    columns=(
        Column("title", gettext_lazy("Title"), text=str),
        Column("stage", gettext_lazy("Stage"), text=lambda d: d.stage.name, draw=_stage_badge),
        Column("company", gettext_lazy("Company"), text=lambda d: _name(d.company), is_wide_only=True, is_long=True),
        Column(
            "person", gettext_lazy("Person"), text=lambda d: _name(d.person), is_wide_only=True, is_long=True,
            is_default=False,
        ),
        Column(
            "amount", gettext_lazy("Value"), text=_amount, value=lambda d: d.amount, order=("-amount", "pk"),
            is_number=True,
        ),
        Column(
            "chance", gettext_lazy("Predicted chance"), text=_chance_words, value=lambda d: d.win_probability,
            order=("-win_probability", "pk"), is_number=True, is_nullable=True, is_wide_only=True,
        ),
        Column(
            "close", gettext_lazy("Expected close"), text=lambda d: _day_words(d.expected_close_on),
            value=lambda d: d.expected_close_on, order=("expected_close_on", "pk"), is_nullable=True,
        ),
        Column("owner", gettext_lazy("Owner"), text=owner_words, is_wide_only=True, is_long=True),
        Column(
            "tags", gettext_lazy("Tags"), text=tag_names, draw=tag_pills, is_wide_only=True,
            is_default=False,
        ),
        Column(
            "added", gettext_lazy("Added"), text=lambda d: _day_words(_day(d.created_at)),
            value=lambda d: _day(d.created_at), order=("-created_at", "pk"), is_wide_only=True, is_extra=True,
        ),
        Column(
            "closed", gettext_lazy("Closed"), text=lambda d: _day_words(_day(d.closed_at)),
            value=lambda d: _day(d.closed_at), is_wide_only=True, is_default=False,
        ),
        Column("next_step", gettext_lazy("Next step"), text=lambda d: d.next_step, is_long=True, is_default=False),
        Column("source", gettext_lazy("Came from"), text=lambda d: d.lead_source, is_default=False),
        Column("lost", gettext_lazy("Reason for losing it"), text=lambda d: d.lost_reason, is_default=False),
    ),
)  # fmt: skip


# --- one deal -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One stage of the deal's pipeline; `state` is past, now or ahead."""

    stage: Stage
    state: str


@dataclass(frozen=True)
class Member:
    """Somebody on the deal. `pk` is the DealPerson, None for the main person; no url: the reader does not see them."""

    name: str
    key: int
    role: str
    url: str
    pk: int | None = None


@dataclass(frozen=True)
class DealPage:
    """Everything on the page of one deal but the timeline."""

    deal: Deal
    amount: str
    home_amount: str
    chance: int
    steps: Sequence[Step]
    closing: Sequence[Stage]
    rests: str
    company_url: str
    members: Sequence[Member]
    lines: Sequence[DealLine]
    lines_total: str
    facts: Sequence[FieldFact]
    tags: Sequence[Tag]
    tasks: Sequence[TaskLine]
    email: str


FACTS = (
    "title", "amount", "probability", "expected_close_on", "person", "company", "next_step", "lead_source", "owner",
    "lost_reason",
)  # fmt: skip


def deal_page(reader: User, deal: Deal, *, home_currency: str) -> DealPage:
    """The page of a deal that the reader may see, in at most eleven queries."""
    stages = list(Stage.objects.filter(pipeline=deal.stage.pipeline_id).order_by("position", "pk"))
    lines = list(deal.lines.select_related("product").order_by("pk")[:MOST_LINES])
    total = sum((line.quantity * line.unit_price for line in lines), Decimal(0))
    facts = field_facts(deal, FACTS, custom_fields("deal"))
    is_lost = deal.stage.kind == Stage.Kind.LOST
    return DealPage(
        deal=deal,
        amount=_amount(deal),
        home_amount="" if deal.currency == home_currency else formats.money(deal.amount * deal.rate, home_currency),
        chance=_chance(deal),
        steps=_steps(deal, stages),
        closing=[stage for stage in stages if stage.kind != Stage.Kind.OPEN],
        rests=_rests(deal),
        company_url=_url_of(reader, deal.company),
        members=_members(reader, deal),
        lines=lines,
        lines_total=formats.money(total, deal.currency) if lines else "",
        facts=[fact for fact in facts if fact.name != "lost_reason" or is_lost],
        tags=sorted(deal.tags.all(), key=lambda tag: tag.name),
        tasks=open_tasks(reader, deal),
        email=_email(deal),
    )


def _chance(deal: Deal) -> int:
    """In percent, as the board counts it: a colleague's estimate, else what was learned, else the stage's."""
    known = (deal.probability, deal.win_probability, deal.stage.probability)
    return round(next(chance for chance in known if chance is not None))


def _steps(deal: Deal, stages: Sequence[Stage]) -> list[Step]:
    """The open stages with how far the deal has come; a closed deal has left them all behind or ahead."""
    now = deal.stage
    is_won = now.kind == Stage.Kind.WON
    steps = []
    for stage in stages:
        if stage.kind != Stage.Kind.OPEN:
            continue
        is_past = is_won or (now.kind == Stage.Kind.OPEN and stage.position < now.position)
        steps.append(Step(stage, "now" if stage.pk == now.pk else "past" if is_past else "ahead"))
    return steps


def _rests(deal: Deal) -> str:
    if deal.closed_at is not None:
        return formats.date_words(timezone.localtime(deal.closed_at).date())
    return rest_words((timezone.localdate() - timezone.localdate(deal.stage_entered_at)).days)


def _members(reader: User, deal: Deal) -> list[Member]:
    """The main person first, then the others; links only to those whom the reader sees."""
    rows = list(deal.deal_people.select_related("person").order_by("pk"))
    people = {row.person_id for row in rows} | ({deal.person_id} if deal.person_id else set())
    seen = (
        set(Person.objects.visible_to(reader).filter(pk__in=people).values_list("pk", flat=True)) if people else set()
    )
    main = (
        [Member(deal.person.name, deal.person.pk, _("Contact"), _person_url(deal.person.pk, seen))]
        if deal.person
        else []
    )
    others = [
        Member(row.person.name, row.person_id, row.role, _person_url(row.person_id, seen), row.pk)
        for row in rows
        if row.person_id != deal.person_id
    ]
    return main + others


def _person_url(pk: int, seen: set[int]) -> str:
    return reverse("crm:person-detail", args=[pk]) if pk in seen else ""


def _url_of(reader: User, company: Company | None) -> str:
    if company is None or not Company.objects.visible_to(reader).filter(pk=company.pk).exists():
        return ""
    return reverse("crm:company-detail", args=[company.pk])


def _email(deal: Deal) -> str:
    if deal.person_id is None:
        return ""
    points = ContactPoint.objects.filter(person=deal.person_id, kind=ContactPoint.Kind.EMAIL)
    return points.order_by("-is_primary", "pk").values_list("value", flat=True).first() or ""
