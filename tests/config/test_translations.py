"""Every language that is offered is there to the last word, and keeps what the code puts into the words."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import polib  # type: ignore[import-untyped]
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.messages import compile_messages
from crm.quick_add import read_task
from tests.strict import do_without

LOCALE = Path(settings.BASE_DIR) / "locale"
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
PLURALS = {"ar": 6}
INSERTED = re.compile(r"%\(\w+\)[sd]|%[sd%]|\$\w+")
KNOWN = 0.97  # of all words in the source; what is newer than the catalogues shows in English


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po"))


def said(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_that_is_offered_lacks_nothing(language: str) -> None:
    entries = catalogue(language)
    assert len(entries) > 1000
    assert [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete or not all(said(entry))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_keep_what_is_put_into_them(language: str) -> None:
    wrong = []
    for entry in catalogue(language):
        wanted = set(INSERTED.findall(entry.msgid_plural or entry.msgid))
        forms = [set(INSERTED.findall(form)) for form in said(entry)]
        # A form for exactly one or two may say the number in a word.
        if any(form - wanted for form in forms) or forms[-1] != wanted:
            wrong.append(entry.msgid)
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_keep_the_blanks_at_their_ends(language: str) -> None:
    def edges(words: str) -> tuple[bool, bool]:
        return words[:1].isspace(), words[-1:].isspace()

    wrong = [e.msgid for e in catalogue(language) if any(edges(form) != edges(e.msgid) for form in said(e))]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_has_its_form(language: str) -> None:
    count = PLURALS.get(language, 2)
    assert f"nplurals={count};" in catalogue(language).metadata["Plural-Forms"]
    assert {len(said(entry)) for entry in catalogue(language) if entry.msgid_plural} == {count}
    with translation.override(language):
        forms = {ngettext("%(n)s day", "%(n)s days", n) for n in (0, 1, 2, 3, 11, 100)}
    assert len(forms) == (5 if language == "ar" else 2)  # Arabic says nought like a hundred


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_task_that_is_given_as_an_example_is_understood(language: str) -> None:
    today = date(2026, 6, 15)
    with translation.override(language):
        draft = read_task(_("Add a task: call the printer tomorrow 3pm").partition(":")[2], today=today)
    assert draft.due_on == today + timedelta(days=1)
    assert draft.remind_at is not None
    assert draft.remind_at.hour == 15


def words_of(po: polib.POFile) -> set[tuple[str | None, str]]:
    return {(entry.msgctxt, entry.msgid) for entry in po}


@pytest.fixture
def source_words(tmp_path: Path) -> set[tuple[str | None, str]]:
    """What `make messages` would collect from the code as it stands."""
    if shutil.which("xgettext") is None:
        do_without("there is no gettext to collect the words of the source with")
    source = tmp_path / "source"
    others = (".*", "__pycache__", "build", "data", "docs", "locale", "static*", "tests", "*.onnx")
    shutil.copytree(settings.BASE_DIR, source, ignore=shutil.ignore_patterns(*others))
    (source / "locale").mkdir()
    command = [sys.executable, "manage.py", "makemessages", "--locale", "de", "--verbosity", "0"]
    environment = {"RAPPORT_DATA": str(tmp_path / "data"), "PATH": os.environ["PATH"]}
    subprocess.run(command, cwd=source, check=True, env=environment)
    return words_of(polib.pofile(str(source / "locale" / "de" / "LC_MESSAGES" / "django.po")))


def test_the_catalogues_know_the_words_of_the_source(source_words: set[tuple[str | None, str]]) -> None:
    for language in LANGUAGES:
        new = source_words - words_of(catalogue(language))
        assert len(new) < (1 - KNOWN) * len(source_words), f"{language}: run `make messages` and translate {new}"


def test_a_catalogue_is_compiled_when_it_is_newer(tmp_path: Path) -> None:
    po = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    po.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Yes"\nmsgstr "Ja"\n')
    assert compile_messages(tmp_path) == [po.with_suffix(".mo")]
    assert compile_messages(tmp_path) == []
    assert [(e.msgid, e.msgstr) for e in polib.mofile(str(po.with_suffix(".mo")))] == [("Yes", "Ja")]
    assert [path.name for path in po.parent.iterdir()].count("django.mo") == 1
