"""The page of one model: how good it is, how that is known, and which versions there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from analytics.chances import TASKS
from analytics.charts import Calibration, calibration
from analytics.driver_words import OWN, Driver, driver_lines, driver_title
from analytics.models import WIN, ModelVersion, ScoredTask, TrainingRun, task_label
from analytics.reasons import horizon_words, money_words
from crm import formats
from crm.models import CustomField

from .insights import quality_words
from .live import Live, live_of, returned_words
from .measures import Measure, Say, measures_of, share_words
from .person_insight import workspace_currency
from .protected import protected_words
from .sufficiency import Missing, missing_for, what_is_missing
from .trust import learned_words

CHANCE_MEMBERS = {"logistic": _l("a weighing of every fact"), "trees": _l("patterns that all have in common")}
METHODS = {
    "product": _l("What Rapport says"),
    "recency": _l("Days since the last order alone"),
    "base_rate": _l("The same chance for everybody"),
    "logistic_rfm": _l("How lately, how often and how much alone"),
    "bg_nbd": _l("Buying rhythm alone"),
    "lightgbm": _l("Patterns of all customers alone"),
    "own_mean": _l("As much as so far"),
    "last_window": _l("As much as last time"),
    "mean": _l("The same for everybody"),
    "bg_nbd_gamma_gamma": _l("Buying rhythm alone"),
    "lightgbm_two_stage": _l("Patterns of all customers alone"),
    "best_column": _l("The best single fact alone"),
    "logistic_few": _l("The five best facts, weighed"),
    "naive_bayes": _l("Every fact by itself, put together"),
}
MEMBERS = {
    "bg_nbd": _l("each customer's own buying rhythm"),
    "logistic": _l("a weighing of how lately, how often and how much, and of the trend"),
    "trees": _l("patterns that all customers have in common"),
}


@dataclass(frozen=True)
class MetricRow:
    """One method and its value of each measure, with the measure's name, in words."""

    method: str
    labelled: Sequence[tuple[str, str]]
    is_ours: bool


@dataclass(frozen=True)
class VersionLine:
    number: int
    state: str
    tone: str
    trained: date
    customers: str


@dataclass(frozen=True)
class ModelPage:
    """The vocabulary of the template. Without a model in use only `missing` and the versions are there."""

    task: str
    label: str
    version: ModelVersion | None = None
    says: str = ""
    learned: str = ""
    facts: Sequence[tuple[str, str]] = ()
    measures: Sequence[Measure] = ()
    metrics: Sequence[MetricRow] = ()
    measured_on: str = ""
    picture: Calibration | None = None
    versions: Sequence[VersionLine] = ()
    missing: Missing | None = None
    why_none: str = ""
    unit: str = ""
    run: TrainingRun | None = None
    live: Live | None = None
    live_picture: Calibration | None = None
    in_use_since: str = ""
    went_back: str = ""
    drivers_title: str = ""
    drivers: Sequence[Driver] = ()
    protected: Sequence[str] = ()

    @property
    def can_compare(self) -> bool:
        """Its hold-out is kept person by person."""
        return self.version is not None


MONEY_POWER = 0.4  # between a root and a logarithm
TONES = {"champion": "good", "broken": "bad"}


def model_page(task: str) -> ModelPage:
    """Four queries at most."""
    now = timezone.now()
    newest = ModelVersion.objects.filter(task=task).select_related("frozen_by", "promoted_by").order_by("-number")
    versions = list(newest[:20])
    returned = max(
        (version for version in versions if version.returned_at), key=lambda one: one.returned_at or now, default=None
    )
    in_use = next((version for version in versions if version.state == ModelVersion.State.CHAMPION), None)
    run = TrainingRun.objects.order_by("-created_at").first()
    page = ModelPage(
        task,
        task_label(task),
        version=in_use,
        versions=[_line(version) for version in versions],
        run=run,
        went_back=f"{returned}: {returned_words(returned)}" if returned else "",
        unit=str(TASKS[task].unit) if task in TASKS else _("Customers"),
    )
    if in_use is None and task in TASKS:
        why, missing = missing_for(task)
        return _replaced(page, missing=missing, why_none=why)
    if in_use is None:
        return _replaced(page, missing=what_is_missing())
    currency = workspace_currency()
    return _replaced(
        page,
        says=quality_words(in_use, currency),
        protected=protected_words(in_use),
        learned=learned_words(in_use),
        live=live_of(in_use),
        live_picture=_picture(task, in_use.live.get("tenths", []), currency),
        in_use_since=_since_words(in_use),
        facts=_facts(in_use),
        drivers_title=driver_title(task),
        drivers=driver_lines(task, in_use.card, currency, _own_labels(in_use)),
        **_measured(task, in_use.card.get("hold_out"), currency),
    )


def _own_labels(version: ModelVersion) -> dict[str, str]:
    """How the business calls its own fields among the drivers, in one query where there are any."""
    keys = [str(row.get("column", "")) for row in version.card.get("drivers") or []]
    own = [key.removeprefix(OWN) for key in keys if key.startswith(OWN)]
    target = "deal" if version.task == WIN else "person"
    found = CustomField.objects.filter(target=target, key__in=own) if own else []
    return {f"{OWN}{field.key}": field.label for field in found}


def _since_words(version: ModelVersion) -> str:
    """Since when it serves, and who put it there against the advice of the measures."""
    if version.promoted_at is None:
        return ""
    words = formats.one_stop(
        _("In use since %(day)s.") % {"day": formats.date_words(timezone.localdate(version.promoted_at))}
    )
    if version.promoted_why:
        words += " " + _("%(who)s put it in use: %(why)s") % {
            "who": version.promoted_by or _("Somebody"), "why": version.promoted_why,
        }  # fmt: skip
    return words


def _replaced(page: ModelPage, **changes: Any) -> ModelPage:
    return ModelPage(**{**vars(page), **changes})


def _line(version: ModelVersion) -> VersionLine:
    return VersionLine(
        version.number, str(_("sent back") if version.returned_at else version.get_state_display()),
        "bad" if version.returned_at else TONES.get(version.state, ""), timezone.localdate(version.created_at),
        formats.number(int(version.card.get("customers", 0))),
    )  # fmt: skip


def _facts(version: ModelVersion) -> list[tuple[str, str]]:
    card = version.card
    first, last = (formats.date_words(date.fromisoformat(day)) for day in card["history"])
    if version.task in TASKS:
        return _chance_facts(version, first, last)
    return [
        (_("Looks ahead"), horizon_words(int(card["horizon_days"]))),
        (_("Learned from"), _("orders from %(first)s to %(last)s") % {"first": first, "last": last}),
        (_("Made of"), "; ".join(members_words(version))),
        (_("Version"), str(version.number)),
    ]


def members_words(version: ModelVersion) -> list[str]:
    """The methods that a model is made of."""
    names = CHANCE_MEMBERS if version.task in TASKS else MEMBERS
    return [str(names[name]) for name in version.card.get("members", []) if name in names]


def _chance_facts(version: ModelVersion, first: str, last: str) -> list[tuple[str, str]]:
    card = version.card
    horizon = int(card["horizon_days"])
    learned = learned_words(version)
    return [
        *([(_("Looks ahead"), horizon_words(horizon))] if horizon else []),
        (_("Learned from"), _("what was known from %(first)s to %(last)s") % {"first": first, "last": last}),
        (_("How much"), learned[:1].upper() + learned[1:]),
        (_("Made of"), "; ".join(members_words(version))),
        (_("Version"), str(version.number)),
    ]


def measured_words(version: ModelVersion, measures: Sequence[Measure], currency: str) -> list[str]:
    """These measures of a version beside the best simple method, a line each; empty where nothing could be measured."""
    held = version.card.get("hold_out")
    if not held:
        return []
    view = held["views"]["recent180" if version.task == ScoredTask.CHURN and "recent180" in held["views"] else "all"]
    return [_beside(measure, view, currency) for measure in measures]


@dataclass(frozen=True)
class Compared:
    """Versions of one task side by side: the heads are versions, each row a measure with a cell for each."""

    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]


def compare_versions(versions: Sequence[ModelVersion]) -> Compared:
    """Each measured on its own last window, as its card says."""
    currency, measures = workspace_currency(), measures_of(versions[0].task)
    products = [_product(version) for version in versions]
    rows = [(str(measure.label), [_said(found.get(measure.key), measure.say, currency) for found in products])
            for measure in measures]  # fmt: skip
    trained = (str(_("trained")), [formats.date_words(timezone.localdate(version.created_at)) for version in versions])
    counted = (str(_("learned from")), [formats.number(int(one.card.get("customers", 0))) for one in versions])
    return Compared([f"{one} ({one.get_state_display()})" for one in versions], [trained, counted, *rows])


def _product(version: ModelVersion) -> Mapping[str, float | None]:
    held = version.card.get("hold_out")
    views: Mapping[str, Any] = held["views"] if held else {}
    found: Mapping[str, float | None] = views.get("recent180", views.get("all", {})).get("product", {})
    return found


def _beside(measure: Measure, view: Mapping[str, Any], currency: str) -> str:
    simple = (
        "base_rate"
        if "best_column" in view["baselines"]
        else "recency"
        if "recency" in view["baselines"]
        else "last_window"
    )
    ours, theirs = view["product"], view["baselines"].get(simple, {})
    return _("%(measure)s: %(ours)s (%(method)s: %(theirs)s)") % {
        "measure": measure.label,
        "ours": _said(ours.get(measure.key), measure.say, currency),
        "method": METHODS[simple],
        "theirs": _said(theirs.get(measure.key), measure.say, currency),
    }


def _measured(task: str, held: Mapping[str, Any] | None, currency: str) -> dict[str, Any]:
    """The table of methods and the picture, where the hold-out could be measured."""
    if not held:
        return {}
    is_chance = task == ScoredTask.CHURN or task in TASKS
    view = held["views"].get("recent180", held["views"]["all"]) if is_chance else held["views"]["all"]
    measures = measures_of(task)
    rows = [("product", view["product"]), *view["baselines"].items()]
    return {
        "measures": measures,
        "metrics": [_row(name, found, measures, currency) for name, found in rows],
        "measured_on": _measured_words(task, held),
        "picture": _picture(task, held.get("tenths", []), currency),
    }


def _picture(task: str, tenths: Sequence[Mapping[str, Any]], currency: str) -> Calibration | None:
    """What was said and what came, by tenths."""
    if task == ScoredTask.CHURN or task in TASKS:
        return calibration(tenths, words=share_words, top=1.0)
    top = max([max(tenth["predicted"], tenth["actual"]) for tenth in tenths], default=0.0)
    return calibration(tenths, words=partial(money_words, currency=currency), top=top, power=MONEY_POWER)


def _measured_words(task: str, held: Mapping[str, Any]) -> str:
    if task in TASKS:
        words = _("Measured on %(n)s rows from %(day)s on, each learned from what was known before.")
        return words % {
            "n": formats.number(held["customers"]), "day": formats.date_words(date.fromisoformat(held["as_of"]))
        }  # fmt: skip
    day = formats.date_words(date.fromisoformat(held["as_of"]))
    words = _(
        "Measured on %(customers)s customers: what was known on %(day)s beside what happened in the %(time)s after."
    )
    return words % {
        "customers": formats.number(held["customers"]), "day": day, "time": horizon_words(held["horizon_days"]),
    }  # fmt: skip


def _row(name: str, found: Mapping[str, float | None], measures: Sequence[Measure], currency: str) -> MetricRow:
    labelled = [(str(measure.label), _said(found.get(measure.key), measure.say, currency)) for measure in measures]
    return MetricRow(str(METHODS.get(name, name)), labelled, is_ours=name == "product")


def _said(value: float | None, say: Say, currency: str) -> str:
    return "–" if value is None else say(value, currency)
