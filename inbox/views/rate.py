"""The public page of a question: a customer answers without signing in. Looking records nothing; only sending does."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm.incoming import without_nul
from crm.limits import Limit, visitor
from inbox.forms import RatingForm
from inbox.models import Rating
from inbox.operations.ratings import answer_rating, decline_questions
from inbox.questions import business_name, choices_of, is_over, language_of, question_words, rating_of

PERIOD = 3600  # seconds
ANSWERS = Limit("inbox.rating", most=30, seconds=PERIOD)
GUESSES = Limit("inbox.rating-guess", most=60, seconds=PERIOD)


@csrf_exempt  # it acts for nobody who is signed in; the link itself is the proof
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """Programs that look into mails follow every link: a GET only chooses, a POST answers."""
    rating = rating_of(token)
    if rating is None:
        return _unknown(request)
    with translation.override(language_of(rating.person)):
        if is_over(rating, timezone.now()):
            return _say(request, rating, "inbox/rate_over.html", status=410)
        if request.method != "POST":
            chosen = request.GET.get("v", "" if rating.value is None else str(rating.value))
            return _page(request, rating, RatingForm(rating.kind, initial={"value": chosen, "comment": rating.comment}))
        return _take_in(request, rating)


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """No more questions: asked once more by a page, done by a button, or by the mail program (RFC 8058)."""
    rating = rating_of(token)
    if rating is None:
        return _unknown(request)
    with translation.override(language_of(rating.person)):
        if request.method == "POST":
            decline_questions(rating=rating)
        is_done = request.method == "POST" or rating.declined_at is not None
        return _say(request, rating, "inbox/rate_stop.html", is_done=is_done)


def _take_in(request: HttpRequest, rating: Rating) -> HttpResponse:
    form = RatingForm(rating.kind, without_nul(request.POST))
    if not form.is_valid():
        return _page(request, rating, form, 422)
    if ANSWERS.count(visitor(request)):
        form.add_error(None, _("Too many answers from here. Please try again in an hour."))
        answer = _page(request, rating, form, 429)
        answer["Retry-After"] = str(PERIOD)
        return answer
    answer_rating(rating=rating, value=form.cleaned_data["value"], comment=form.cleaned_data["comment"])
    return _say(request, rating, "inbox/rate_thanks.html")


def _page(request: HttpRequest, rating: Rating, form: RatingForm, status: int = 200) -> HttpResponse:
    return _say(request, rating, "inbox/rate.html", status=status, form=form)


def _say(request: HttpRequest, rating: Rating, template: str, status: int = 200, **context: object) -> HttpResponse:
    business = business_name()
    context |= {
        "rating": rating, "business": business, "question": question_words(rating, business),
        "choices": choices_of(rating.kind), "about": rating.conversation.subject if rating.conversation else "",
    }  # fmt: skip
    return _unlisted(render(request, template, context, status=status))


def _unknown(request: HttpRequest) -> HttpResponse:
    """A link that is not, or no longer, one of ours: said kindly, and seldom to who tries many."""
    is_guessing = GUESSES.count(visitor(request))
    answer = render(request, "inbox/rate_unknown.html", {}, status=429 if is_guessing else 404)
    if is_guessing:
        answer["Retry-After"] = str(PERIOD)
    return _unlisted(answer)


def _unlisted(response: HttpResponse) -> HttpResponse:
    """In no search engine, and said to be in the language that it is in."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Content-Language"] = translation.get_language() or ""
    return response
