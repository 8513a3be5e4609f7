"""Template tags and filters."""

from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from heroicons import IconDoesNotExist

from crm.templatetags import ui


def render(template: str, **context: Any) -> str:
    return Template("{% load ui %}" + template).render(Context(context))


def test_an_icon_is_decoration_until_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in ui.icon("phone")
    labelled = ui.icon("phone", 20, "Call")
    assert 'role="img"' in labelled
    assert 'aria-label="Call"' in labelled
    assert "aria-hidden" not in labelled


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(IconDoesNotExist):
        ui.icon("no-such-icon")


def test_arrows_along_the_line_turn_with_it() -> None:
    assert "icon--mirrored" in ui.icon("chevron-right")
    assert "icon--mirrored" not in ui.icon("clock")


def test_user_text_is_escaped_in_parts() -> None:
    html = render('{% include "_badge.html" with text=text kind="bad" only %}', text="<b>x</b>")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_the_same_id_always_has_the_same_ground() -> None:
    assert ui.ground(7) == ui.ground(7)
    assert {ui.ground(n) for n in range(100)} == set(range(8))


def test_missing_values_are_empty() -> None:
    template = '{{ x|money:"EUR" }}{{ x|money_short:"EUR" }}{{ x|money_whole:"EUR" }}{{ x|number }}{{ x|percent }}'
    assert render(template + "{{ x|ago }}{{ x|day }}{{ x|due }}{{ x|clock }}{{ x|date_words }}", x=None) == ""


def test_the_pager_shows_ends_neighbours_and_gaps() -> None:
    page = Paginator(range(1000), 50).get_page(10)
    assert ui.page_numbers(page) == [1, None, 8, 9, 10, 11, 12, None, 20]


class Sample(forms.Form):
    name = forms.CharField(help_text="As on an offer")
    note = forms.CharField(required=False)
    kind = forms.ChoiceField(choices=[("", "–")], required=False)
    is_on = forms.BooleanField(required=False)


def test_a_field_ties_label_hint_and_error_to_its_input() -> None:
    html = str(Sample({"name": ""}))
    assert '<label class="field__label" for="id_name">' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_only_fields_to_type_in_are_marked_optional() -> None:
    assert str(Sample()).count("(optional)") == 1


def test_the_error_summary_links_to_the_fields() -> None:
    assert '<a href="#id_name">Name</a>' in str(Sample({"name": ""}))


def test_an_address_breaks_before_its_at_and_stays_escaped() -> None:
    assert render("{{ a|mail_words }}", a="ann@example.com") == "ann<wbr>@example.com"
    assert render("{{ a|mail_words }}", a="<b>@x") == "&lt;b&gt;<wbr>@x"
    assert render("{{ a|mail_words }}", a="+44 7700 900123") == "+44 7700 900123"
