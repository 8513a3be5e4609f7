"""The questions to customers as they see them: the link, the words, the mail, all in the customer's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from crm.models import Person, Workspace
from inbox.models import Asking, Rating

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

SALT = "inbox.rating"
ANSWER_WITHIN = timedelta(days=30)
CHANGE_WITHIN = timedelta(days=14)

# The mouth of each face as a path: a drawing looks the same where there is no font with faces.
FACES: Mapping[int, tuple[str, _StrOrPromise]] = {
    1: ("M10 22Q16 14 22 22", gettext_lazy("Very unhappy")),
    2: ("M11 21.5Q16 17.5 21 21.5", gettext_lazy("Unhappy")),
    3: ("M11 20H21", gettext_lazy("So-so")),
    4: ("M11 19Q16 23.5 21 19", gettext_lazy("Happy")),
    5: ("M9.5 18Q16 27 22.5 18Z", gettext_lazy("Very happy")),
}


@dataclass(frozen=True)
class Choice:
    """One answer that may be given."""

    value: int
    mouth: str
    words: str
    url: str = ""


@dataclass(frozen=True)
class Mail:
    """A question as a mail."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


def asking() -> Asking:
    """How often customers are asked; what is usual where no manager has said so."""
    return Asking.objects.select_related("audience__owner").first() or Asking(pk=1)


def token_of(rating: Rating) -> str:
    """What the link of this question ends with: nobody can make one up without the secret key."""
    return _signer().sign(str(rating.pk))


def rating_of(token: str) -> Rating | None:
    """The question of a link, if it is one of ours."""
    try:
        pk = _signer().unsign(token)
    except BadSignature:
        return None
    return Rating.objects.select_related("person", "conversation").filter(pk=pk, asked_at__isnull=False).first()


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".")


def is_over(rating: Rating, now: datetime) -> bool:
    """Whether it is too late to answer, or to change what was answered."""
    if rating.answered_at is not None:
        return now > rating.answered_at + CHANGE_WITHIN
    return rating.asked_at is None or now > rating.asked_at + ANSWER_WITHIN


def language_of(person: Person) -> str:
    """The customer's language where Rapport speaks it, else the one of the business."""
    spoken = dict(settings.LANGUAGES)
    known = (person.language.lower(), person.language.lower().partition("-")[0])
    own = next((code for code in known if code in spoken), "")
    return own or Workspace.objects.values_list("language", flat=True).first() or settings.LANGUAGE_CODE


def business_name() -> str:
    return Workspace.objects.values_list("name", flat=True).first() or "Rapport"


def choices_of(kind: str, link: str = "") -> Sequence[Choice]:
    """The answers to choose from; with a link each has its own, which chooses it but does not send it."""
    values = FACES if kind == Rating.Kind.CSAT else range(11)
    faces = {value: FACES.get(value, ("", "")) if kind == Rating.Kind.CSAT else ("", "") for value in values}
    return [
        Choice(value, mouth, str(words), f"{link}?v={value}" if link else "") for value, (mouth, words) in faces.items()
    ]


def question_words(rating: Rating, business: str) -> str:
    """The question in one line."""
    if rating.kind == Rating.Kind.NPS:
        return _("How likely is it that you would recommend %(business)s to a friend?") % {"business": business}
    return _("How did we do?")


def question_mail(rating: Rating) -> Mail:
    """The question as a mail in the customer's language."""
    link = settings.SITE_URL + reverse("inbox:rate", args=[token_of(rating)])
    business = business_name()
    with override(language_of(rating.person)):
        subject_of = rating.conversation.subject if rating.conversation else ""
        context = {
            "rating": rating,
            "name": rating.person.given_name or rating.person.name,
            "business": business,
            "about": subject_of,
            "question": question_words(rating, business),
            "choices": choices_of(rating.kind, link),
            "link": link,
            "stop_link": f"{link}/stop",
        }
        subject = f"{_('How did we do?')} – {subject_of or business}" if rating.conversation else context["question"]
        return Mail(
            subject=" ".join(str(subject).split())[:200],
            text=render_to_string("inbox/mail/question.txt", context).strip() + "\n",
            html=render_to_string("inbox/mail/question.html", context),
            headers={
                "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office note answers it
                "List-Unsubscribe": f"<{link}/stop>",  # RFC 8058
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )
