"""Which lists there are, by target."""

from __future__ import annotations

from django.http import Http404

from crm.queries.companies import COMPANIES
from crm.queries.deals import DEALS
from crm.queries.lists import Listing
from crm.queries.people import PEOPLE

LISTINGS: dict[str, Listing] = {listing.target: listing for listing in (PEOPLE, COMPANIES, DEALS)}


def find_listing(target: str) -> Listing:
    """Raises Http404."""
    if target not in LISTINGS:
        raise Http404
    return LISTINGS[target]
