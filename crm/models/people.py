"""Whom we know: people, how to reach them, companies and who works where."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .records import Record
from .visibility import OfPersonQuerySet, OwnedQuerySet


class Person(Record):
    """One customer or lead. Order figures are kept here so that lists sort without joining orders."""

    name = models.CharField(_("name"), max_length=200)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    job_title = models.CharField(_("job title"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    address = models.TextField(_("address"), blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=60, blank=True)
    no_profiling = models.BooleanField(
        _("no profiling"), default=False, help_text=_("Keeps this person out of predictions, groups and training.")
    )
    first_order_at = models.DateTimeField(_("first order"), null=True, blank=True, editable=False)
    last_order_at = models.DateTimeField(_("last order"), null=True, blank=True, editable=False)
    order_count = models.PositiveIntegerField(_("orders"), default=0, editable=False)
    spent = models.DecimalField(_("spent"), max_digits=19, decimal_places=4, default=0, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            models.Index(fields=["name", "id"], name="person_by_name"),
            models.Index(fields=["-last_order_at", "id"], name="person_by_last_order"),
            models.Index(fields=["-spent", "id"], name="person_by_spent"),
            models.Index(fields=["-created_at", "id"], name="person_by_created"),
        ]

    def __str__(self) -> str:
        return self.name


class ContactPoint(models.Model):
    """One way to reach a person. `normalised` is unique per kind: an address belongs to one person."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")
        SOCIAL = "social", _("Social profile")
        CHAT = "chat", _("Chat")

    person = models.ForeignKey(Person, models.CASCADE, related_name="contact_points")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    value = models.CharField(_("as typed"), max_length=254)
    normalised = models.CharField(max_length=254, editable=False)
    is_primary = models.BooleanField(_("primary"), default=False)
    is_verified = models.BooleanField(_("verified"), default=False)
    opted_out_at = models.DateTimeField(_("opted out"), null=True, blank=True)
    invalid_at = models.DateTimeField(_("does not work since"), null=True, blank=True)

    objects = OfPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        constraints = [models.UniqueConstraint(fields=["kind", "normalised"], name="contact_point_once")]

    def __str__(self) -> str:
        return self.value


class Company(Record):
    name = models.CharField(_("name"), max_length=200)
    industry = models.CharField(_("industry"), max_length=100, blank=True)
    size = models.CharField(_("size"), max_length=50, blank=True)
    website = models.URLField(_("website"), blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    address = models.TextField(_("address"), blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=60, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        indexes = [
            models.Index(fields=["name", "id"], name="company_by_name"),
            models.Index(fields=["-created_at", "id"], name="company_by_created"),
        ]

    def __str__(self) -> str:
        return self.name


class Domain(models.Model):
    """A mail domain of a company, by which its people are recognised. Free-mail domains never stand here."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="domains")
    name = models.CharField(_("domain"), max_length=190, unique=True)

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")

    def __str__(self) -> str:
        return self.name


class Employment(models.Model):
    person = models.ForeignKey(Person, models.CASCADE, related_name="employments")
    company = models.ForeignKey(Company, models.CASCADE, related_name="employments")
    role = models.CharField(_("role"), max_length=150, blank=True)
    is_primary = models.BooleanField(_("primary"), default=True)
    started_on = models.DateField(_("from"), null=True, blank=True)
    ended_on = models.DateField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("employment")
        verbose_name_plural = _("employments")
        constraints = [models.UniqueConstraint(fields=["person", "company"], name="employment_once")]

    def __str__(self) -> str:
        return f"{self.person} – {self.company}"
