"""What we hope to sell: pipelines, stages, deals and every move between stages."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Company, Person
from .records import Record
from .users import User
from .visibility import M, OwnedQuerySet, VisibleQuerySet, of_seen


class Pipeline(models.Model):
    name = models.CharField(_("name"), max_length=100, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    class Kind(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages", verbose_name=_("pipeline"))
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.OPEN)
    probability = models.PositiveSmallIntegerField(
        _("usual chance in percent"), default=50, validators=[MaxValueValidator(100)]
    )
    rot_days = models.PositiveSmallIntegerField(
        _("goes stale after days"), default=14, help_text=_("A deal idle for longer is marked on the board.")
    )

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        constraints = [models.UniqueConstraint(fields=["pipeline", "name"], name="stage_name_once")]

    def __str__(self) -> str:
        return self.name


class Deal(Record):
    """One possible sale. The person's own estimate (`probability`) and the model's (`win_probability`) are kept apart.

    `win_probability` is written by whoever predicts, as an order's figures are written to its person.
    """

    title = models.CharField(_("title"), max_length=200)
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="deals", verbose_name=_("stage"))
    person = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="deals", verbose_name=_("person")
    )
    company = models.ForeignKey(
        Company, models.SET_NULL, null=True, blank=True, related_name="deals", verbose_name=_("company")
    )
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=4, default=0)
    currency = models.CharField(_("currency"), max_length=3)
    rate = models.DecimalField(
        _("rate to the workspace currency"), max_digits=19, decimal_places=8, default=1, editable=False
    )
    probability = models.PositiveSmallIntegerField(
        _("own estimate in percent"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    win_probability = models.DecimalField(
        _("predicted chance in percent"), max_digits=5, decimal_places=2, null=True, editable=False
    )
    expected_close_on = models.DateField(_("expected close"), null=True, blank=True)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    lead_source = models.CharField(_("came from"), max_length=100, blank=True)
    lost_reason = models.CharField(_("reason for losing it"), max_length=200, blank=True)
    position = models.FloatField(default=0, editable=False)
    stage_entered_at = models.DateTimeField(_("in this stage since"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        indexes = [
            models.Index(fields=["stage", "position", "id"], name="deal_on_board"),
            models.Index(fields=["-created_at", "id"], name="deal_by_created"),
            models.Index(fields=["-amount", "id"], name="deal_by_amount"),
            models.Index(fields=["expected_close_on", "id"], name="deal_by_expected_close"),
            models.Index(
                fields=["owner", "expected_close_on", "id"], condition=Q(closed_at=None), name="deal_open_by_close"
            ),
            models.Index(fields=["owner", "-amount", "id"], condition=Q(closed_at=None), name="deal_open_by_amount"),
            models.Index(fields=["-win_probability", "id"], name="deal_by_win_probability"),
        ]

    def __str__(self) -> str:
        return self.title


class DealSum(models.Model):
    """What deals that agree in stage, owner, team and closing day come to: the database keeps it by triggers.

    Several rows may stand for the same deals (PostgreSQL only appends, so that nobody waits): add them up.
    Only triggers and `recount_deal_sums` write here; no constraints, since a sum of no deals may outlive its owner.
    """

    stage = models.ForeignKey(Stage, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    team = models.ForeignKey(
        "crm.Team", models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    expected_close_on = models.DateField(null=True)
    number = models.BigIntegerField()
    total = models.DecimalField(max_digits=38, decimal_places=12)
    estimated = models.DecimalField(max_digits=38, decimal_places=12)
    unestimated = models.DecimalField(max_digits=38, decimal_places=12)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["stage", "owner", "team", "expected_close_on"], name="deal_sum_of")]

    def __str__(self) -> str:
        return f"{self.number} × {self.stage_id}"


class OfDealQuerySet(VisibleQuerySet[M]):
    """Rows of a deal, seen by whoever sees the deal."""

    def in_scope(self, user: User) -> models.Q:
        return of_seen(self.model, "deal", user)


class StageChange(models.Model):
    """One move of a deal, written once: the history that win rates and time in stage are counted from."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="stage_changes")
    from_stage = models.ForeignKey(Stage, models.PROTECT, null=True, related_name="+")
    to_stage = models.ForeignKey(Stage, models.PROTECT, related_name="+")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = OfDealQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.deal_id}: {self.from_stage_id} → {self.to_stage_id}"


class DealPerson(models.Model):
    deal = models.ForeignKey(Deal, models.CASCADE, related_name="deal_people")
    person = models.ForeignKey(Person, models.CASCADE, related_name="deal_people")
    role = models.CharField(_("role"), max_length=100, blank=True)

    objects = OfDealQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "person"], name="deal_person_once")]

    def __str__(self) -> str:
        return f"{self.person_id} @ {self.deal_id}"
