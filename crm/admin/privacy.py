"""People, as far as a manager needs them here: to give out what is held of one of them."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.access import Can, require, signed_in
from crm.admin.base import ForAllScopeAdmin, ReadOnlyAdmin
from crm.models import Person
from crm.operations.data_files import ask_for_data


@admin.register(Person)
class PersonalDataAdmin(ReadOnlyAdmin, ForAllScopeAdmin):
    """Who asks for their data is found here by name, and gets all of it as a file."""

    list_display = ("name", "city", "country", "no_profiling", "created_at")
    list_filter = ("no_profiling",)
    search_fields = ("search_text",)
    ordering = ("-id",)
    fields = ("name", "city", "country", "language", "no_profiling", "created_at")
    show_full_result_count = False
    actions = ("give_out",)

    @admin.action(description=_("All data as a file"))
    def give_out(self, request: HttpRequest, queryset: QuerySet[Person]) -> HttpResponse | None:
        user = signed_in(request)
        require(user, Can.PRIVACY)
        people = list(queryset[:2])
        if len(people) != 1:
            self.message_user(request, gettext("Choose one person: each gets a file of their own."), messages.ERROR)
            return None
        ask_for_data(person=people[0], user=user)
        return redirect("crm:person-data", pk=people[0].pk)
