"""Rows for tests, made by the product's own operations where there is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from crm.models import Company, Deal, Order, Person, Role, Scope, Stage, Task, User
from crm.operations.companies import create_company
from crm.operations.deals import create_deal
from crm.operations.orders import Line, record_order
from crm.operations.people import create_person
from crm.operations.work import create_task
from crm.operations.workspace import make_default_pipeline

PASSWORD = "correct horse battery"
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
_number = count(1)


def make_user(role: str = Role.SALES, scope: str = Scope.ALL, **fields: Any) -> User:
    email = fields.pop("email", f"{role}{next(_number)}@shop.example")
    return User.objects.create_user(
        email, PASSWORD, **{"name": email.split("@")[0].title(), **fields}, role=role, scope=scope
    )


def make_person(**fields: Any) -> Person:
    return create_person(**{"actor": None, "name": f"Person {next(_number)}", **fields})


def make_company(**fields: Any) -> Company:
    return create_company(**{"actor": None, "name": f"Company {next(_number)}", **fields})


def make_stage(name: str = "New") -> Stage:
    return make_default_pipeline().stages.get(name=name)


def make_deal(**fields: Any) -> Deal:
    stage = fields.pop("stage", None) or make_stage()
    return create_deal(**{"actor": None, "title": f"Deal {next(_number)}", "currency": "EUR", "stage": stage, **fields})


def make_task(**fields: Any) -> Task:
    return create_task(**{"actor": None, "title": f"Task {next(_number)}", **fields})


def make_order(person: Person | None = None, *, total: str = "20", days_ago: int = 0, **fields: Any) -> Order:
    amount = Decimal(total)
    line = Line(quantity=Decimal(-1 if amount < 0 else 1), unit_price=abs(amount), description="Thing")
    return record_order(
        **{
            "actor": None,
            "number": f"R{next(_number)}",
            "person": person,
            "placed_at": NOW - timedelta(days=days_ago),
            "currency": "EUR",
            "lines": [line],
            **fields,
        }
    )
