"""What colleagues and customers write, parsed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import quote

from django import forms
from django.core import signing
from django.core.validators import validate_email
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import SavedView, User
from inbox.models import Asking, Channel, Mood, Topic
from inbox.queries.lists import topics_in_use
from inbox.queries.threads import colleagues, tomorrow_morning
from inbox.queries.written import NO_TOPIC
from inbox.questions import choices_of

SALT = "inbox.form"
FASTEST = timedelta(seconds=2)  # nobody writes a message faster; programs do
PORTS = {"smtps": 465, "smtp+starttls": 587}
OLDEST = timedelta(days=1)
CHOOSE = _("Choose one of the answers.")


class WriteForm(forms.Form):
    text = forms.CharField(
        label=_("Your answer"), max_length=50_000, widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"})
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class DraftForm(forms.Form):
    text = forms.CharField(max_length=50_000, required=False, strip=False)
    kind = forms.ChoiceField(choices=[("answer", ""), ("note", "")])
    key = forms.CharField(max_length=64)


class AssignForm(forms.Form):
    assignee = forms.ModelChoiceField(queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = colleagues()  # type: ignore[attr-defined]


SNOOZES: dict[str, tuple[Any, Callable[[datetime], datetime]]] = {
    "hours": (_("Later today"), lambda now: now + timedelta(hours=3)),
    "tomorrow": (_("Tomorrow at nine"), tomorrow_morning),
    "week": (_("In a week"), lambda now: tomorrow_morning(now + timedelta(days=6))),
}


class MoodForm(forms.Form):
    mood = forms.ChoiceField(choices=Mood.choices)


class TopicForm(forms.Form):
    """A topic of those in use; `NO_TOPIC` says that it is about none of them."""

    topic = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._topics = {str(topic.pk): topic for topic in topics_in_use()}
        self.fields["topic"].choices = [(key, key) for key in (*self._topics, NO_TOPIC)]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Topic | None:
        return self._topics.get(self.cleaned_data["topic"])


class NewTopicForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    description = forms.CharField(
        label=_("What belongs to it"), max_length=300, required=False,
        help_text=_("One sentence, for your colleagues."),
    )  # fmt: skip


class SnoozeForm(forms.Form):
    until = forms.ChoiceField(choices=[(key, words) for key, (words, _moment) in SNOOZES.items()])

    def moment(self) -> datetime:
        return SNOOZES[self.cleaned_data["until"]][1](timezone.now())


class MailServerForm(forms.Form):
    """What a provider says about its mail server. It becomes two settings; nothing of it is kept."""

    host = forms.CharField(
        label=_("Name of the server"), max_length=253, help_text=_("For outgoing mail (SMTP), like smtp.example.com")
    )
    security = forms.ChoiceField(
        label=_("Encryption"), choices=[("smtp+starttls", _("STARTTLS (port 587)")), ("smtps", _("SSL/TLS (port 465)"))]
    )
    user = forms.CharField(label=_("User name"), max_length=254, help_text=_("Often your whole e-mail address"))
    password = forms.CharField(
        label=_("Password"), max_length=200,
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "off"}),
        help_text=_("Gmail and some others want an app password, which you make in your account there."),
    )  # fmt: skip
    sender = forms.CharField(
        label=_("Sender that customers see"),
        max_length=254,
        help_text=_("Like Mill Street Gifts &lt;hello@example.com&gt;"),
    )

    def clean_host(self) -> str:
        host: str = self.cleaned_data["host"].strip().lower()
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host):
            raise forms.ValidationError(_("This is no name of a server. It looks like smtp.example.com."))
        return host

    def clean_sender(self) -> str:
        sender: str = self.cleaned_data["sender"].strip()
        validate_email(parseaddr(sender)[1])
        return sender

    def lines(self) -> list[str]:
        """The settings as they stand in the file .env; odd characters in user and password are written as %XX."""
        data = self.cleaned_data
        user, password = quote(data["user"], safe=""), quote(data["password"], safe="")
        url = f"{data['security']}://{user}:{password}@{data['host']}:{PORTS[data['security']]}"
        return [f"RAPPORT_SMTP_URL={url}", f"RAPPORT_MAIL_FROM={data['sender']}"]

    def command(self) -> str:
        """The same for a shell, in front of the command that starts Rapport."""
        settings = (line.split("=", 1) for line in self.lines())
        return " ".join(f"{name}={shlex.quote(value)}" for name, value in settings) + " make run"


class RatingForm(forms.Form):
    """The answer to a question, given by a customer."""

    value = forms.TypedChoiceField(label=_("Your answer"), coerce=int, error_messages={"required": CHOOSE})
    comment = forms.CharField(
        label=_("Would you like to tell us more?"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )  # fmt: skip

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].choices = [(one.value, one.words) for one in choices_of(kind)]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> str:
        """The answer that is marked, if it is one."""
        value = str(self["value"].value())
        return value if value in {str(key) for key, _words in self.fields["value"].choices} else ""  # type: ignore[attr-defined]


class AskingForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whether and how often customers are asked."""

    channels = forms.ModelMultipleChoiceField(
        label=_("Ask “How did we do?” an hour after a conversation is closed, in"), required=False,
        queryset=Channel.objects.filter(is_active=True).order_by("name", "pk"), widget=forms.CheckboxSelectMultiple,
        help_text=_("Only where a colleague has answered. A reopened conversation is not asked about twice."),
    )  # fmt: skip
    pause_days = forms.IntegerField(
        label=_("Days between two questions to the same customer"), min_value=7, max_value=730
    )
    asks_to_recommend = forms.BooleanField(
        label=_("Ask customers whether they would recommend you"), required=False,
        help_text=_("By e-mail, between 9 and 19 o'clock, a week to three months after their last order."),
    )  # fmt: skip
    recommend_orders = forms.IntegerField(label=_("From so many orders on"), min_value=1, max_value=100)
    recommend_days = forms.IntegerField(
        label=_("Days until the same customer is asked again"), min_value=90, max_value=1095
    )
    recommend_a_day = forms.IntegerField(label=_("Questions a day at most"), min_value=1, max_value=1000)
    audience = forms.ModelChoiceField(
        label=_("Only people of this view"), required=False, queryset=SavedView.objects.none(),
        empty_label=_("All customers"), help_text=_("A list of people that you have saved under a name."),
    )  # fmt: skip

    class Meta:
        model = Asking
        fields = (
            "pause_days",
            "asks_to_recommend",
            "recommend_orders",
            "recommend_days",
            "recommend_a_day",
            "audience",
        )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        views = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True) | Q(pk=self.instance.audience_id or 0))
        self.fields["audience"].queryset = views.filter(target="person").order_by("name", "pk")  # type: ignore[attr-defined]
        self.fields["channels"].initial = Channel.objects.filter(asks_rating=True)
        self.order_fields(["channels", *self.Meta.fields])


class ContactForm(forms.Form):
    """The public web form. `website` is a trap that people don't see; `made` says when the page was made."""

    name = forms.CharField(
        label=_("Your name"), max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(label=_("Your e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    subject = forms.CharField(label=_("What is it about?"), max_length=200, required=False)
    text = forms.CharField(
        label=_("Your message"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 7, "dir": "auto"})
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))
    made = forms.CharField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)

    def is_trapped(self) -> bool:
        """Whether something filled in the field that people don't see."""
        return bool(self.data.get("website"))

    def clean_made(self) -> str:
        """A page sent at once, or after a day, may be a program's or a person's: sending it again shows a person."""
        made: str = self.cleaned_data["made"]
        try:
            age = timezone.now().timestamp() - float(signing.loads(made, salt=SALT, max_age=OLDEST))
        except (signing.BadSignature, TypeError, ValueError):
            self._ask_again(sign_moment(timezone.now() - FASTEST))
        else:
            if age < FASTEST.total_seconds():
                self._ask_again(made)
        return made

    def _ask_again(self, made: str) -> None:
        self.data = {**{name: self.data.get(name, "") for name in self.fields}, "made": made}
        self.add_error(None, _("Nothing is lost, and nothing is sent yet. Please press “Send message” once more."))


def sign_moment(moment: datetime) -> str:
    """When this form was made, so that it can't be answered faster than a person writes."""
    return signing.dumps(moment.timestamp(), salt=SALT)
