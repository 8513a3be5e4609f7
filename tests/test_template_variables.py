"""The guard itself: it sees our templates and leaves those of packages alone."""

import pytest
from django.template import engines
from django.template.loader import get_template

from .template_variables import UnknownVariableError


def test_a_variable_that_nobody_gives_fails() -> None:
    template = get_template("_avatar.html")
    with pytest.raises(UnknownVariableError, match="_avatar"):
        template.render({})


def test_text_that_belongs_to_no_file_of_ours_is_left_alone() -> None:
    template = engines["django"].from_string("[{{ nobody }}]")
    assert template.render({}) == "[]"
