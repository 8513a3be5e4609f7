"""The resources of the crm room; config/urls.py joins those of all rooms under /api/v1/."""

from __future__ import annotations

from rest_framework.routers import BaseRouter

from crm.api.people import CompanyViewSet, PersonViewSet
from crm.api.work import DealViewSet, EventViewSet, OrderViewSet, TaskViewSet


def register(router: BaseRouter) -> None:
    router.register("people", PersonViewSet, "person")
    router.register("companies", CompanyViewSet, "company")
    router.register("deals", DealViewSet, "deal")
    router.register("tasks", TaskViewSet, "task")
    router.register("orders", OrderViewSet, "order")
    router.register("events", EventViewSet, "event")
