"""One search for people, companies and deals: a page of its own, and the fragment inside the palette."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.access import signed_in
from crm.queries.search import recent_hits, search_hits

PALETTE_LIMIT = 5
PAGE_LIMIT = 25


@never_cache
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    user, text = signed_in(request), request.GET.get("q", "").strip()[:200]
    is_palette = bool(request.htmx)  # type: ignore[attr-defined]
    limit = PALETTE_LIMIT if is_palette else PAGE_LIMIT
    groups = search_hits(user, text, limit=limit) if text else recent_hits(user, limit=limit)
    template = "crm/_search_hits.html" if is_palette else "crm/search.html"
    response = render(request, template, {"text": text, "groups": groups})
    response["Vary"] = "HX-Request"
    return response
