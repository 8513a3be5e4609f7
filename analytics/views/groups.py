"""Groups of customers: the list, the page of one, and its name."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from analytics.forms.insights import GroupNameForm
from analytics.models import CustomerGroup
from analytics.operations.groups import rename_group
from analytics.queries.groups import group_page, group_url, groups_page
from analytics.queries.places import tabs_for
from crm.access import Can, allows, needs, signed_in
from crm.views.frames import leave, private, render_dialog, sent


@require_GET
def groups(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    context = {"page": groups_page(user), "tabs": tabs_for(user, "analytics:groups")}
    return private(render(request, "analytics/groups.html", context))


@require_GET
def group_detail(request: HttpRequest, way: str, key: str) -> HttpResponse:
    user = signed_in(request)
    group = get_object_or_404(CustomerGroup, way=way, key=key)
    context = {"page": group_page(user, group), "can_rename": allows(user, Can.SET_UP)}
    return private(render(request, "analytics/group_detail.html", context))


@require_http_methods(["GET", "POST"])
@needs(Can.SET_UP)
def group_rename(request: HttpRequest, way: str, key: str) -> HttpResponse:
    group = get_object_or_404(CustomerGroup, way=way, key=key)
    form = GroupNameForm(sent(request), initial={"name": group.name})
    if form.is_valid():
        rename_group(group=group, name=form.cleaned_data["name"], actor=signed_in(request))
        return leave(request, group_url(way, key), _("The group has its name."))
    context = {"title": _("Name of the group"), "submit": _("Save"), "form": form, "back_url": group_url(way, key)}
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)
