"""The public web form: what a customer writes becomes a conversation; what a program writes becomes nothing."""

from __future__ import annotations

from hashlib import sha256
from uuid import uuid4

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from inbox.forms import ContactForm, sign_now
from inbox.models import Channel
from inbox.operations.receiving import MessageRefusedError, receive_message

MOST_AN_HOUR = 10


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, slug: str) -> HttpResponse:
    channel = Channel.objects.filter(slug=slug, kind=Channel.Kind.FORM, is_active=True).first()
    if channel is None:
        raise Http404
    if request.method == "GET":
        form = ContactForm(initial={"made": sign_now(), "key": uuid4().hex})
        return render(request, "inbox/contact.html", {"channel": channel, "form": form})
    return _take_in(request, channel, ContactForm(request.POST))


def _take_in(request: HttpRequest, channel: Channel, form: ContactForm) -> HttpResponse:
    if form.is_robot():  # it is told what a person is told, and learns nothing
        return render(request, "inbox/contact_thanks.html", {"channel": channel})
    if not form.is_valid():
        return render(request, "inbox/contact.html", {"channel": channel, "form": form}, status=422)
    if is_too_many(request):
        form.add_error(None, _("Too many messages from here. Please try again in an hour."))
        return render(request, "inbox/contact.html", {"channel": channel, "form": form}, status=429)
    data = form.cleaned_data
    try:
        receive_message(
            channel=channel, external_id=f"form:{data['key']}", from_address=data["email"], from_name=data["name"],
            subject=data["subject"], text=data["text"],
        )  # fmt: skip
    except MessageRefusedError as error:
        form.add_error(None, str(error))
        return render(request, "inbox/contact.html", {"channel": channel, "form": form}, status=422)
    return render(request, "inbox/contact_thanks.html", {"channel": channel})


def is_too_many(request: HttpRequest) -> bool:
    """Whether this address (kept as a hash, for an hour) has sent its share."""
    address = sha256(request.META.get("REMOTE_ADDR", "").encode()).hexdigest()[:24]
    key = f"inbox.form:{address}"
    cache.add(key, 0, timeout=3600)
    return cache.incr(key) > MOST_AN_HOUR
