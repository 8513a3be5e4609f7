"""Every shared part in all its states on one page: for whoever builds pages, for screenshots and for axe."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from crm import charts, formats, parts
from crm.access import Can, allows, signed_in

MONTHS = (31200, 28750, 35100, 33900, 36480, 30250, 41900, 38400, 44120, 47300, 52650, 61840)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenvereinigung Großräschen-Senftenberg"
ARABIC = "مؤسسة الأمل للتجارة والتوزيع"


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG and not allows(signed_in(request), Can.SET_UP):
        raise Http404
    return render(request, "crm/gallery.html", _samples())


def _samples() -> dict[str, object]:
    return {
        "tiles": _tiles(),
        "bars": _bars(),
        "forecast": _forecast(),
        "sources": charts.hbar_chart(_sources(), title="New customers by source", words=formats.number),
        "funnel": _funnel(),
        "matrix": _matrix(),
        "insights": _insights(),
        "timeline": _timeline(),
        "columns": _columns(),
        "rows": _rows(),
        "page": Paginator(range(1204), 50).get_page(3),
        "facts": _facts(),
        "tabs": [
            parts.Tab("All", "?", is_current=True, count="1,204"),
            parts.Tab("Mine", "?", count="38"),
            parts.Tab("No order for 90 days", "?", count="212"),
        ],
        "crumbs": [parts.Crumb("Settings", "?"), parts.Crumb("For builders", "?")],
        "chips": [parts.Chip("Owner is Me", "?"), parts.Chip("Unknown field “colour”", "?", is_broken=True)],
        "form": SampleForm(),
        "wrong_form": SampleForm({"name": "", "email": "ann@", "amount": "x", "kind": ""}),
        "cards": _cards(),
        "long": LONG,
        "arabic": ARABIC,
        "kinds": ("", "accent", "good", "warn", "bad", "info"),
    }


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name", help_text="As it should stand on an offer.")
    email = forms.EmailField(label="E-mail")
    amount = forms.DecimalField(label="Amount", required=False)
    closes_on = forms.DateField(label="Expected close", required=False, widget=forms.DateInput({"type": "date"}))
    kind = forms.ChoiceField(label="Kind", choices=[("", "Choose…"), ("a", "Shop"), ("b", "Services")])
    pace = forms.ChoiceField(label="Pace", choices=[("d", "Daily"), ("w", "Weekly")], widget=forms.RadioSelect)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
    is_kept = forms.BooleanField(label="Keep me signed in", required=False)


def _euro(value: float) -> str:
    return formats.money_whole(value, "EUR")


def _short(value: float) -> str:
    return formats.money_short(value, "EUR")


def _tiles() -> list[parts.Tile]:
    spark = charts.sparkline(MONTHS, title="Revenue of twelve months")
    return [
        parts.Tile(
            "Revenue this month", _euro(61840), "?", parts.Change("17 % more than October", "up", "good"), spark
        ),
        parts.Tile("Customers at risk", "38", "?", parts.Change("6 more than last month", "up", "bad"), spark),
        parts.Tile("Expected value, 12 months", _euro(1234567890), "?", note="Range €1.1B to €1.4B"),
        parts.Tile("Median first reply", "22 min", "?", parts.Change("as in October")),
    ]


def _month(back: int) -> str:
    today = timezone.localdate()
    at = today.month - 1 - back
    return formats.month_words(today.replace(year=today.year + at // 12, month=at % 12 + 1, day=1))


def _bars() -> charts.Chart | None:
    data = [charts.Datum(_month(11 - i), value, url="?") for i, value in enumerate(MONTHS)]
    return charts.bar_chart(data, title="Revenue by month", words=_short, axis_words=_short)


def _forecast() -> charts.Chart | None:
    known = [charts.Datum(_month(11 - i), value) for i, value in enumerate(MONTHS)]
    ahead = [
        charts.Datum(_month(-1 - i), value, is_forecast=True, low=value * 0.85, high=value * 1.15)
        for i, value in enumerate((58000, 54000, 57500))
    ]
    return charts.line_chart([*known, *ahead], title="Revenue and forecast", words=_short, axis_words=_short)


def _sources() -> list[charts.Datum]:
    return [
        charts.Datum("Recommended by a customer", 124, url="?"),
        charts.Datum("Search engine", 96, url="?", is_main=False),
        charts.Datum(LONG, 41, url="?", is_main=False),
        charts.Datum(ARABIC, 12, is_main=False),
    ]


def _funnel() -> charts.HBarChart | None:
    stages = [("New", 180), ("Talked", 121), ("Offer sent", 64), ("Won", 23)]
    return charts.funnel(
        [charts.Datum(name, count, url="?") for name, count in stages],
        title="From new to won",
        words=formats.number,
        step_words=lambda share: f"{formats.percent(share)} go on",
    )


def _matrix() -> charts.Matrix:
    cell = charts.Cell
    return charts.Matrix(
        title="Risk and expected value",
        corner="Risk",
        columns=["High value", "Middle", "Low value"],
        rows=[
            charts.MatrixRow("High", [cell("14", _short(48200), "?", "bad"), cell("31", "", "?", "warn"), cell("60")]),
            charts.MatrixRow("Medium", [cell("52", _short(96000), "?", "warn"), cell("120"), cell("210")]),
            charts.MatrixRow("Low", [cell("310", _short(412000), "?", "good"), cell("402"), cell("0")]),
        ],
    )


def _insights() -> list[parts.Insight]:
    return [
        parts.Insight(
            title="Will they stay?",
            badge="High risk",
            tone="bad",
            says="May not order again in the next 90 days.",
            reasons=[
                parts.Reason("No order for 94 days; usually every 21"),
                parts.Reason("Two unhappy messages this month"),
                parts.Reason("Customer for 4 years", raises=False),
            ],
            step=parts.Step("Plan a call", "?", icon="phone"),
            trust="Updated today · learned from 412 customers · of 20 flagged last quarter 12 left",
            how_url="?",
            feedback_url="?",
        ),
        parts.Insight(
            title="Will they stay?",
            badge="Medium risk",
            tone="warn",
            says="No order for twice their usual gap.",
            is_rule=True,
            have=31,
            needed=50,
            need_words="31 of 50 lost customers needed before we can learn from them",
        ),
    ]


def _timeline() -> list[parts.TimelineItem]:
    now = timezone.now()
    return [
        parts.TimelineItem(
            "envelope", "wrote: Delivery of the second box", now - timedelta(minutes=25), "Ann Lee", "?",
            body="Hello,\n\nthe second box has not arrived yet. Could you have a look?\n\nAnn",
        ),
        parts.TimelineItem("pencil-square", "left a note", now - timedelta(hours=3), "You", body=LONG, is_note=True),
        parts.TimelineItem("trophy", "won the deal Spring order", now - timedelta(days=2), "Sam", "?", tone="good"),
        parts.TimelineItem(
            "adjustments-horizontal", "changed 3 fields", now - timedelta(days=40), "Import",
            details=["City: Graz → Linz", "Phone added", "Owner: nobody → Sam"],
        ),
    ]  # fmt: skip


def _columns() -> list[parts.Column]:
    return [
        parts.Column("Name", "?sort=name", "ascending"),
        parts.Column("Company", "?sort=company"),
        parts.Column("Risk"),
        parts.Column("Expected value", "?sort=-value", is_number=True),
        parts.Column("Last order", is_wide_only=True),
    ]


def _rows() -> list[dict[str, object]]:
    today = timezone.localdate()
    names = [
        ("Ann Lee", "Lee & Daughters", ("High risk", "bad"), 4210.5),
        (LONG, LONG, ("Medium risk", "warn"), 12345678.9),
        (ARABIC, ARABIC, ("Low risk", "good"), 0),
        ("Łukasz Żółć", "", None, None),
    ]
    return [
        {"id": i, "name": name, "company": company, "risk": risk, "value": value, "last": today - timedelta(days=9 * i)}
        for i, (name, company, risk, value) in enumerate(names)
    ]


def _facts() -> list[parts.Fact]:
    return [
        parts.Fact("E-mail", "ann@example.org", "mailto:ann@example.org", is_ltr=True),
        parts.Fact("Phone", "+49 30 901820", is_ltr=True),
        parts.Fact("Company", LONG, "?"),
        parts.Fact("Birthday", ""),
    ]


def _cards() -> list[dict[str, object]]:
    return [
        {
            "id": 1,
            "title": "Spring order",
            "company": "Lee & Daughters",
            "amount": 12400,
            "step": "2 days late",
            "tone": "late",
        },
        {"id": 2, "title": LONG, "company": ARABIC, "amount": 1234567, "step": "Today", "tone": "today"},
        {"id": 3, "title": "Refit of the shop", "company": "", "amount": 0, "step": "No next step", "tone": "none"},
    ]
