"""Forms of the import: the file, and what its columns mean."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.demo import SOURCE as DEMO
from crm.forms.accounts import currency_choices
from crm.forms.fields import choice_field
from crm.importing.fields import FIELDS
from crm.incoming import LARGEST_FILE
from crm.models import ImportJob
from crm.operations.imports import JobSettings

DATES = (
    ("", gettext_lazy("Please choose")),
    ("dmy", gettext_lazy("The day comes first: 31/12/2025")),
    ("mdy", gettext_lazy("The month comes first: 12/31/2025")),
)
DECIMALS = (
    ("", gettext_lazy("Please choose")),
    (".", gettext_lazy("A point: 1,234.50")),
    (",", gettext_lazy("A comma: 1.234,50")),
)
DELIMITERS = (
    ("", gettext_lazy("As recognised")),
    (",", gettext_lazy("Comma")),
    (";", gettext_lazy("Semicolon")),
    ("\t", gettext_lazy("Tab")),
    ("|", gettext_lazy("Vertical bar")),
)
ENCODINGS = (
    "utf_8",
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "mac_roman",
    "cp932",
    "gb18030",
)


class UploadForm(forms.Form):
    """A file, or rows pasted from a sheet."""

    file = forms.FileField(label=gettext_lazy("File"), required=False)
    pasted = forms.CharField(
        label=gettext_lazy("Rows copied from a sheet"), required=False, strip=False, widget=forms.Textarea({"rows": 6})
    )

    def clean_file(self) -> UploadedFile[Any] | None:
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(_("The file is too large: one gigabyte is the most."))
        return file

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors and not data.get("file") and not data.get("pasted", "").strip():
            raise forms.ValidationError(_("Choose a file, or paste rows from a sheet."))
        return data


class SetUpForm(forms.Form):
    """What the file is, what each column holds, and what happens with known records."""

    kind = forms.ChoiceField(label=gettext_lazy("The rows are"), choices=ImportJob.Kind.choices)
    source = forms.CharField(
        label=gettext_lazy("From which program"), max_length=50,
        help_text=gettext_lazy("Keep this name for later files of the same program: so nothing comes in twice."),
    )  # fmt: skip
    dates = forms.ChoiceField(label=gettext_lazy("Dates"), choices=DATES, required=False)
    decimal = forms.ChoiceField(label=gettext_lazy("Decimals"), choices=DECIMALS, required=False)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)
    duplicates = forms.ChoiceField(
        label=gettext_lazy("Records that are here already"), choices=ImportJob.Duplicates.choices, required=False
    )
    run_flows = forms.BooleanField(label=gettext_lazy("Let automations start for these rows"), required=False)
    encoding = forms.ChoiceField(label=gettext_lazy("Letters"), required=False)
    delimiter = forms.ChoiceField(label=gettext_lazy("Cells are parted by"), choices=DELIMITERS, required=False)
    header_line = forms.IntegerField(
        label=gettext_lazy("Line of the headings"), required=False, min_value=0, max_value=1000,
        help_text=gettext_lazy("0 when the file has none."),
    )  # fmt: skip
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"), required=False)

    def __init__(self, job: ImportJob, data: Any = None, *, sheets: tuple[str, ...] = ()) -> None:
        super().__init__(data, initial=_initial(job))
        self.job = job
        choice_field(self, "currency").choices = currency_choices()
        choice_field(self, "encoding").choices = [("", _("As recognised")), *((name, name) for name in ENCODINGS)]
        choice_field(self, "sheet").choices = [("", _("As recognised")), *((name, name) for name in sheets)]
        targets = {position: target for target, positions in job.mapping.items() for position in positions}
        choices = [("", _("Leave out")), *((field.target, field.label) for field in FIELDS[job.kind])]
        for position, name in enumerate(job.columns):
            self.fields[f"column_{position}"] = forms.ChoiceField(
                label=name, choices=choices, required=False, initial=targets.get(position, "")
            )

    def clean_source(self) -> str:
        """What is from the demo goes with it."""
        name = str(self.cleaned_data["source"]).strip()
        if name == DEMO:
            raise forms.ValidationError(_("This name is taken by the demo business."))
        return name

    def settings(self) -> JobSettings:
        """What the user states, of a valid form. Columns count only if the file is still read the same way."""
        data = self.cleaned_data
        reading = {
            name: data[name]
            for name in ("encoding", "delimiter", "header_line", "sheet")
            if data[name] not in ("", None)
        }
        reading = {name: value for name, value in reading.items() if self.job.reading.get(name) != value}
        is_read_anew = bool(reading) or data["kind"] != self.job.kind
        return JobSettings(
            kind=data["kind"],
            source=data["source"],
            mapping=None if is_read_anew else self._mapping(),
            dates=data["dates"],
            decimal=data["decimal"],
            currency=data["currency"],
            duplicates=data["duplicates"],
            run_flows=data["run_flows"],
            reading=reading,
        )

    def _mapping(self) -> dict[str, list[int]]:
        mapping: dict[str, list[int]] = {}
        for position in range(len(self.job.columns)):
            if target := self.cleaned_data[f"column_{position}"]:
                mapping.setdefault(target, []).append(position)
        return mapping


def _initial(job: ImportJob) -> dict[str, Any]:
    stated = {
        name: job.reading.get(name)
        for name in ("dates", "decimal", "currency", "encoding", "delimiter", "header_line", "sheet")
    }
    return {**stated, "kind": job.kind, "source": job.source, "duplicates": job.duplicates, "run_flows": job.run_flows}
