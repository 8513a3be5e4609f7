"""What every customer record has in common, and the fields that a business adds itself."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Sourced(models.Model):
    """Rows that may come from another program: (source, external id) is unique, so that a repeat updates."""

    source = models.CharField(_("source"), max_length=50, blank=True)
    external_id = models.CharField(_("id in the source"), max_length=190, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~models.Q(external_id=""),
                name="%(app_label)s_%(class)s_source_once",
            )
        ]


class Record(Sourced):
    """A record that people own, edit and extend: person, company, deal.

    `version` rises with every edit, so that two people editing at once see each other's change.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    team = models.ForeignKey(
        "crm.Team", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    tags = models.ManyToManyField("crm.Tag", blank=True, related_name="+", verbose_name=_("tags"))
    custom = models.JSONField(_("own fields"), default=dict, blank=True)
    search_text = models.TextField(editable=False, default="", blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta(Sourced.Meta):
        abstract = True


class Tag(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)
    hue = models.PositiveSmallIntegerField(_("colour"), default=200, help_text=_("Angle on the colour wheel, 0–359."))

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name


class CustomField(models.Model):
    """A field that the business added; its values live in the record's `custom` column."""

    class Target(models.TextChoices):
        PERSON = "person", _("People")
        COMPANY = "company", _("Companies")
        DEAL = "deal", _("Deals")

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        BOOLEAN = "boolean", _("Yes or no")
        CHOICE = "choice", _("Choice")

    target = models.CharField(_("on"), max_length=20, choices=Target)
    key = models.CharField(_("key"), max_length=50, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")])
    label = models.CharField(_("label"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.TEXT)
    options = models.JSONField(_("options"), default=list, blank=True, help_text=_("The choices, as a list of words."))
    is_required = models.BooleanField(_("required"), default=False)
    is_filterable = models.BooleanField(_("can be filtered by"), default=True)
    is_personal_data = models.BooleanField(_("personal data"), default=False)
    feeds_models = models.BooleanField(_("used by predictions"), default=False)
    is_archived = models.BooleanField(_("archived"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("own field")
        verbose_name_plural = _("own fields")
        constraints = [models.UniqueConstraint(fields=["target", "key"], name="custom_field_once")]

    def __str__(self) -> str:
        return self.label
