"""Forms of the company pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.models import Company

from .records import RecordForm


class CompanyForm(RecordForm):
    """Everything about a company but its mail domains and tags."""

    target = "company"
    website = forms.URLField(label=_("website"), required=False, max_length=200, assume_scheme="https")

    class Meta:
        model = Company
        fields: tuple[str, ...] = (
            "name", "industry", "size", "website", "phone", "address", "city", "country", "owner", "team",
        )  # fmt: skip
        widgets = {"address": forms.Textarea({"rows": 2})}


class NewCompanyForm(CompanyForm):
    domain = forms.CharField(
        label=_("Mail domain"), max_length=190, required=False,
        help_text=_("New people with an address at this domain are linked to the company."),
    )  # fmt: skip
    field_order = ("name", "domain", "industry", "city", "country", "phone", "website", "owner")

    class Meta(CompanyForm.Meta):
        fields = ("name", "industry", "city", "country", "phone", "website", "owner")


class DomainForm(forms.Form):
    domain = forms.CharField(label=_("Mail domain"), max_length=190)
