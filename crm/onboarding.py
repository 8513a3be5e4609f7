"""The first steps that the crm room asks of a new workspace; demo data do not count."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .demo import SOURCE
from .extensions import FirstStep
from .models import Deal, Order, User

STEPS = (
    FirstStep(
        "import",
        _("Import your orders and customers"),
        _("A file from your shop or till is enough: Rapport recognises its columns."),
        "crm:import-list",
        10,
        is_done=lambda: Order.objects.exclude(source=SOURCE).exists(),
    ),
    FirstStep(
        "deal",
        _("Write down your first deal"),
        _("Something that somebody may buy: what, for how much, and what you do next."),
        "crm:deal-create",
        30,
        is_done=lambda: Deal.objects.exclude(source=SOURCE).exists(),
    ),
    FirstStep(
        "colleague",
        _("Invite a colleague"),
        _("Everybody gets an own account, with as much or as little as the role needs."),
        "admin:crm_user_add",
        40,
        is_done=lambda: User.objects.filter(is_active=True).count() > 1,
    ),
)
