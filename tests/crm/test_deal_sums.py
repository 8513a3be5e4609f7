"""The kept sums of deals: always what adding up would give, whoever writes and whoever looks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Deal, DealSum, Scope, Stage, Team, User
from crm.operations import deal_sums as operation
from crm.operations.deal_sums import recount_deal_sums, tidy_deal_sums
from crm.operations.deals import move_deal, update_deal
from crm.operations.workspace import share_record
from crm.queries.deal_sums import Totals, summable, totals_by
from crm.queries.list_state import ListState, owned_by
from tests.factories import make_deal, make_stage, make_user

pytestmark = pytest.mark.django_db

PLAIN = ListState()


def kept(user: User, state: ListState = PLAIN) -> dict[int, Totals]:
    return _rounded(totals_by(summable(Deal.objects.visible_to(user), user, state), "stage_id"))


def added(user: User) -> dict[int, Totals]:
    return _rounded(totals_by([Deal.objects.visible_to(user)], "stage_id"))


def _rounded(found: dict[int, Totals]) -> dict[int, Totals]:
    cent = Decimal("0.01")
    return {key: Totals(t.count, t.total.quantize(cent), t.weighted.quantize(cent)) for key, t in found.items()}


def some_deals(*owners: User | None) -> list[Deal]:
    random = Random(4)
    stages = [make_stage("New"), make_stage("Talked"), make_stage("Won")]
    return [
        make_deal(
            owner=random.choice(owners), stage=random.choice(stages), amount=Decimal(random.randrange(100_000)) / 100,
            rate=Decimal(random.choice(["1", "0.87"])), probability=random.choice([None, 0, 35]),
            expected_close_on=random.choice([None, date(2026, 11, 30), date(2027, 1, 1)]),
        )
        for _number in range(40)
    ]  # fmt: skip


def test_every_write_keeps_the_sums_right(sales: User, owner: User) -> None:
    deals = some_deals(sales, owner, None)
    assert kept(sales) == added(sales)
    move_deal(deal=deals[0], stage=make_stage("Decision"), actor=sales)
    update_deal(deal=deals[1], actor=sales, amount=Decimal("77.70"), probability=90)
    Deal.objects.filter(pk__in=[deal.pk for deal in deals[5:15]]).update(owner=owner, rate=Decimal("1.1"))
    Deal.objects.filter(pk__in=[deal.pk for deal in deals[15:20]]).delete()
    copies = Deal.objects.filter(pk__in=[deal.pk for deal in deals[20:30]])
    Deal.objects.bulk_create(
        Deal(title=d.title, stage=d.stage, amount=d.amount, currency="EUR", owner=d.owner) for d in copies
    )
    assert kept(sales) == added(sales)
    assert kept(sales, ListState(filter=owned_by(owner))) == _rounded(
        totals_by([Deal.objects.filter(owner=owner)], "stage_id")
    )


def test_the_deals_of_a_colleague_who_is_gone_still_count(sales: User) -> None:
    leaver = make_user()
    some_deals(leaver)
    leaver.delete()
    assert kept(sales) == added(sales)


@pytest.mark.parametrize("scope", [Scope.OWN, Scope.TEAM, Scope.ALL])
def test_everybody_sees_the_sums_of_the_deals_that_they_see(scope: Scope, owner: User) -> None:
    user, mate, other = make_user(scope=scope), make_user(), make_user()
    team = Team.objects.create(name="North")
    team.members.add(user, mate)
    deals = some_deals(user, mate, other, None)
    Deal.objects.filter(pk__in=[deal.pk for deal in deals[:8]]).update(team=team)
    Deal.objects.filter(pk__in=[deal.pk for deal in deals[8:16]]).update(team=Team.objects.create(name="South"))
    for deal in deals[16:24]:
        share_record(record=deal, user=user, actor=owner)
    assert kept(user) == added(user)


def test_what_the_sums_do_not_know_is_added_up(sales: User) -> None:
    some_deals(sales)
    narrowed = [ListState(q="deal"), ListState(filter={"all": [{"field": "title", "op": "is", "value": "x"}]})]
    narrowed.append(ListState(filter={"all": [*owned_by(sales)["all"], {"field": "amount", "op": "is_set"}]}))
    narrowed.append(ListState(filter={"any": owned_by(sales)["all"]}))
    deals = Deal.objects.visible_to(sales)
    assert all(summable(deals, sales, state) == [deals] for state in narrowed)


def test_the_sums_of_a_plain_board_read_no_deal(sales: User) -> None:
    some_deals(sales)
    with CaptureQueriesContext(connection) as queries:
        kept(sales)
    assert len(queries) == 1
    assert '"crm_deal"' not in queries[0]["sql"]


def test_a_recount_changes_no_sum_and_leaves_one_row_for_each_key(sales: User, owner: User) -> None:
    deals = some_deals(sales, owner)
    for deal in deals[:10]:
        deal.amount += 10
        deal.save()
    before = kept(sales)
    recount_deal_sums()
    keys = {(d.stage_id, d.owner_id, d.team_id, d.expected_close_on) for d in Deal.objects.all()}
    assert kept(sales) == before == added(sales)
    assert DealSum.objects.count() == len(keys)


def test_only_scattered_sums_are_tidied(sales: User, monkeypatch: pytest.MonkeyPatch) -> None:
    some_deals(sales)
    assert not tidy_deal_sums()
    monkeypatch.setattr(operation, "MOST_SPARE", 0)
    DealSum.objects.bulk_create(
        DealSum(stage=Stage.objects.all()[0], number=0, total=0, estimated=0, unestimated=0) for _row in range(200)
    )
    assert tidy_deal_sums()
    assert not DealSum.objects.filter(number=0).exists()
    assert kept(sales) == added(sales)


def test_an_edit_that_moves_no_sum_writes_none(sales: User) -> None:
    deal = make_deal()
    rows = list(DealSum.objects.values_list("pk", "number", "total"))
    Deal.objects.filter(pk=deal.pk).update(next_step="Call", updated_at=timezone.now())
    assert list(DealSum.objects.values_list("pk", "number", "total")) == rows
