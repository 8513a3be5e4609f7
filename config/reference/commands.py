"""Commands of `manage.py` that the rooms bring."""

from __future__ import annotations

from argparse import SUPPRESS, Action

from django.core.management import BaseCommand, get_commands, load_command_class

from .tables import code, table

ROOMS = ("config", "crm", "inbox", "analytics", "automation")
INTRODUCTION = """\
# Commands

`.venv/bin/python manage.py COMMAND`; in the container `python manage.py COMMAND`.
"""


def page() -> str:
    own = sorted(name for name, app in get_commands().items() if app in ROOMS)
    return "\n\n".join([INTRODUCTION.strip(), *map(_section, own)])


def _section(name: str) -> str:
    command = load_command_class(get_commands()[name], name)
    plain = {option for action in _actions(BaseCommand(), "plain") for option in action.option_strings}
    options = [each for each in _actions(command, name) if not plain & set(each.option_strings)]
    rows = ((code(", ".join(each.option_strings) or each.dest), _words(each)) for each in options)
    return f"## {name}\n\n{command.help}" + (f"\n\n{table(('option', ''), rows)}" if options else "")


def _actions(command: BaseCommand, name: str) -> list[Action]:
    return [each for each in command.create_parser("manage.py", name)._actions if each.help != SUPPRESS]


def _words(action: Action) -> str:
    said = (action.help or "") % {"default": action.default} if action.help else ""
    return "; ".join(filter(None, [said, f"one of {', '.join(map(code, action.choices))}" if action.choices else ""]))
