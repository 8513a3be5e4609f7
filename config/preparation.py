"""What must be true before the processes start: a migrated database, schedules, and the owner when one is named."""

from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from config.health import check_disk
from config.schedules import install_schedules
from crm.models import Role, User


def prepare() -> dict[str, Any]:
    """Migrate, install schedules, create the owner; answers {"problem", "owner", "is_demo_wanted"}.

    Safe to repeat and quick when there is nothing to do. `problem` is one line for the person who starts Rapport.
    """
    try:
        migrate()
        install_schedules()
        create_owner()
        return {"problem": "", "owner": owner_email(), "is_demo_wanted": settings.DEMO and has_command("demo")}
    except DatabaseError as error:
        return {"problem": f"the database can't be used: {first_line(error)}{and_the_disk()}"}
    except CommandError as error:
        return {"problem": first_line(error)}


def migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def create_owner() -> None:
    """Create the owner named in the environment, unless there is a user already."""
    if settings.OWNER_EMAIL and has_command("create_owner") and not User.objects.exists():
        call_command("create_owner", email=settings.OWNER_EMAIL, password=settings.OWNER_PASSWORD)


def owner_email() -> str:
    owner = User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk").first()
    return owner.email if owner else ""


def has_command(name: str) -> bool:
    return name in get_commands()


def and_the_disk() -> str:
    """What is wrong with the disk, if that may be the reason."""
    disk = check_disk()
    return "" if disk.state == "good" else f". {disk.words}"


def first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
