#!/usr/bin/env python
"""The command line of Rapport: `serve` runs the whole house, everything else is a Django command."""

import os
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # idle threads of the learning libraries sleep
    from config.environment import SettingError

    try:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except SettingError as error:
        print(f"Rapport can't start: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
