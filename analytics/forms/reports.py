"""What the builder of reports sends, and the names of reports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from analytics.models import Report, ReportSpec
from analytics.models.reports import TIME, Chart, Period, Unit
from analytics.queries.reports.addresses import KEYS
from analytics.queries.reports.questions import Choices, Dimension
from crm.extensions import report_sources
from crm.forms.fields import choice_field, day_field


class QuestionForm(forms.Form):
    """The builder: what to count, how, by what, over which time. It only shows a question; `read_spec` reads it."""

    what = forms.ChoiceField(label=_("What to count"))
    measure = forms.ChoiceField(label=_("How"))
    by = forms.ChoiceField(label=_("Group by"), required=False)
    unit = forms.ChoiceField(label=_("Step"), choices=Unit)
    split = forms.ChoiceField(label=_("Split by"), required=False)
    date = forms.ChoiceField(label=_("By which date"))
    period = forms.ChoiceField(label=_("Period"), choices=Period)
    chart = forms.ChoiceField(label=_("Show as"), choices=Chart)

    def __init__(self, spec: ReportSpec, choices: Choices) -> None:
        initial = {key: getattr(spec, name) for name, key in KEYS.items()}
        initial["date"] = spec.date_by or choices.source.date
        super().__init__(initial=initial, auto_id="report-%s")
        fields = _by_heading(choices.dimensions.values())
        choice_field(self, "what").choices = [(source.key, source.label) for source in report_sources]
        choice_field(self, "measure").choices = [(key, measure.label) for key, measure in choices.measures.items()]
        choice_field(self, "by").choices = [(TIME, _now("Time")), ("", _now("Nothing: one number")), *fields]
        choice_field(self, "split").choices = [("", _now("Nothing")), *fields]
        choice_field(self, "date").choices = [(key, date.label) for key, date in choices.dates.items()]
        if spec.group_by != TIME:
            del self.fields["unit"]
        if not spec.group_by:
            del self.fields["split"], self.fields["chart"]
        if spec.period == Period.CUSTOM:
            self.fields["from"] = day_field(label=_("From"), required=False)
            self.fields["to"] = day_field(label=_("To"), required=False)
            self.initial.update({"from": spec.starts_on, "to": spec.ends_on})


def _by_heading(dimensions: Iterable[Dimension]) -> list[Any]:
    """Fields under the headings that the filter builder has, those without one first."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for dimension in dimensions:
        own = _now("Own fields") if ".custom." in dimension.field.key else ""
        groups.setdefault(str(dimension.field.group) or own, []).append((dimension.key, dimension.label))
    loose = groups.pop("", [])
    return [*loose, *groups.items()]


class ReportNameForm(forms.Form):
    """The name of a report, who sees it, and whether it comes by mail."""

    name = forms.CharField(label=_("Name of the report"), max_length=100)
    is_shared = forms.BooleanField(
        label=_("All colleagues see this report"), required=False,
        help_text=_("Everybody sees the figures of what they may see themselves."),
    )  # fmt: skip
    mailed = forms.ChoiceField(label=_("Send it to me by mail"), required=False)

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice_field(self, "mailed").choices = [("", _("Never")), *Report.Mailed.choices]
        if not may_share:
            del self.fields["is_shared"]
