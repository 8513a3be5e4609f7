"""The public web form: what a customer writes becomes a conversation; what a program writes becomes nothing."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm.limits import Limit, visitor
from inbox.forms import ContactForm, sign_moment
from inbox.models import Channel
from inbox.operations.receiving import MessageRefusedError, receive_message

MOST_AN_HOUR = 10
PERIOD = 3600  # seconds
MESSAGES = Limit("inbox.form", most=MOST_AN_HOUR, seconds=PERIOD)


@csrf_exempt  # it acts for nobody who is signed in, and customers who refuse cookies may write, too
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, slug: str) -> HttpResponse:
    channel = Channel.objects.filter(slug=slug, kind=Channel.Kind.FORM, is_active=True).first()
    if channel is None:
        raise Http404
    if request.method == "GET":
        form = ContactForm(initial={"made": sign_moment(timezone.now()), "key": uuid4().hex})
        return render(request, "inbox/contact.html", {"channel": channel, "form": form})
    return _take_in(request, channel, ContactForm(request.POST))


def _take_in(request: HttpRequest, channel: Channel, form: ContactForm) -> HttpResponse:
    if form.is_trapped():  # it is told what a person is told, and learns nothing
        return _thank(request, channel)
    if not form.is_valid():
        return _ask_again(request, channel, form, 422)
    if MESSAGES.count(visitor(request)):
        form.add_error(None, _("Too many messages from here. Please try again in an hour."))
        return _ask_again(request, channel, form, 429)
    data = form.cleaned_data
    key = data["key"] or uuid4().hex
    try:
        receive_message(
            channel=channel, external_id=f"form:{key}", from_address=data["email"], from_name=data["name"],
            subject=data["subject"], text=data["text"],
        )  # fmt: skip
    except MessageRefusedError as error:
        form.add_error(None, str(error))
        return _ask_again(request, channel, form, 422)
    return _thank(request, channel)


def _ask_again(request: HttpRequest, channel: Channel, form: ContactForm, status: int) -> HttpResponse:
    answer = render(request, "inbox/contact.html", {"channel": channel, "form": form}, status=status)
    if status == 429:
        answer["Retry-After"] = str(PERIOD)
    return answer


def _thank(request: HttpRequest, channel: Channel) -> HttpResponse:
    email = request.POST.get("email", "").strip()[:254]
    return render(request, "inbox/contact_thanks.html", {"channel": channel, "email": email})
