"""Collects the words that users read into locale/: Django's own command with this project's habits."""

from __future__ import annotations

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """No guesses, no old words, no line numbers: a difference in a catalogue is a difference in words."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=_l", "--keyword=_n"]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]
