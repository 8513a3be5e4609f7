from datetime import date

import numpy as np
import pytest

from analytics.ml.btyd import BgNbd, GammaGamma, History, beta_nodes
from analytics.ml.btyd_fit import fit_bg_nbd, fit_gamma_gamma
from analytics.ml.features import build_features
from analytics.ml.purchases import Purchases, day_number
from tests.analytics.ml.shops import public_shop

MODEL = BgNbd(r=0.24, alpha=31.0, a=0.8, b=2.4)


def histories() -> History:
    repeats = np.array([0.0, 1.0, 2.0, 7.0, 40.0, 3.0])
    last = np.array([0.0, 30.0, 200.0, 250.0, 270.0, 20.0])
    return History(repeats, last, np.full(6, 273.0), np.full(6, 30.0))


def simulated(model: BgNbd, customers: int, age: float, seed: int) -> tuple[History, np.ndarray]:
    """Histories drawn from the model and how often each bought in the 90 days after."""
    rng = np.random.default_rng(seed)
    rows, later = [], []
    rates, chances = rng.gamma(model.r, 1 / model.alpha, customers), rng.beta(model.a, model.b, customers)
    for rate, leave in zip(rates, chances, strict=True):
        day, times = 0.0, []
        while True:
            day += rng.exponential(1 / max(rate, 1e-12))
            if day > age + 90:
                break
            times.append(day)
            if rng.random() < leave:
                break
        before = [t for t in times if t <= age]
        rows.append((len(before), max(before, default=0.0)))
        later.append(len(times) - len(before))
    repeats, last = np.array(rows, dtype=float).T
    return History(repeats, last, np.full(customers, age), np.ones(customers)), np.array(later)


def test_nodes_integrate_the_beta_distribution() -> None:
    p, weight = beta_nodes(0.8, 2.4, 48)
    assert np.isclose(weight.sum(), 1)
    assert np.isclose(weight @ p, 0.8 / 3.2)
    assert np.isclose(weight @ p**2, 0.8 * 1.8 / (3.2 * 4.2))


def test_expected_purchases_match_the_closed_form() -> None:
    hyp2f1 = pytest.importorskip("scipy.special").hyp2f1
    known, days = histories(), 90
    r, alpha, a, b = MODEL.r, MODEL.alpha, MODEL.a, MODEL.b
    x, age = known.repeats, known.age
    quiet = ((alpha + age) / (alpha + age + days)) ** (r + x)
    inner = hyp2f1(r + x, b + x, a + b + x - 1, days / (alpha + age + days))
    closed = (a + b + x - 1) / (a - 1) * (1 - quiet * inner) * MODEL.alive(known)
    assert np.allclose(MODEL.purchases(known, days), closed, rtol=1e-9)


def test_a_single_purchase_is_alive_yet_may_well_not_return() -> None:
    known = histories()
    assert MODEL.alive(known)[0] == 1
    assert MODEL.no_purchase(known, 90)[0] > 0.9


def test_the_parameters_of_a_simulated_shop_are_found() -> None:
    known, later = simulated(BgNbd(0.7, 40.0, 0.6, 2.5), 4000, 300.0, seed=3)
    found = fit_bg_nbd(known)
    assert found.purchases(known, 90).sum() == pytest.approx(later.sum(), rel=0.06)
    assert found.no_purchase(known, 90).mean() == pytest.approx((later == 0).mean(), abs=0.02)
    assert found.r == pytest.approx(0.7, rel=0.15)


def test_the_published_cdnow_parameters_are_found() -> None:
    rows = public_shop("cdnow_sample")
    end = day_number(date(1997, 10, 1))
    found = fit_bg_nbd(History.of(build_features(rows, end)), spread=1e3)
    weeks = (found.r, found.alpha / 7, found.a, found.b)
    assert weeks == pytest.approx((0.243, 4.414, 0.793, 2.426), rel=0.05)


def test_without_leavers_the_plain_nbd_serves() -> None:
    model, known = BgNbd(0.7, 40.0, 1e-6, 2.0), histories()
    assert model.never_leaves
    assert (model.alive(known) == 1).all()
    assert np.allclose(model.purchases(known, 90), (0.7 + known.repeats) * 90 / (40 + known.age))


def test_a_long_history_of_many_purchases_does_not_overflow() -> None:
    known = History(np.array([5000.0]), np.array([6000.0]), np.array([6001.0]), np.array([9.0]))
    assert np.isfinite(MODEL.purchases(known, 365)).all()
    assert 0 <= MODEL.no_purchase(known, 365)[0] <= 1


def test_a_tiny_shop_stays_near_the_defaults() -> None:
    one = History(np.array([0.0]), np.array([0.0]), np.array([10.0]), np.array([25.0]))
    assert 0.1 < fit_bg_nbd(one).r < 3
    assert fit_gamma_gamma(one).mean_spend(one)[0] == pytest.approx(25, rel=0.2)


def test_money_is_pulled_to_the_mean_of_the_shop_and_less_so_with_more_purchases() -> None:
    money = GammaGamma(p=6.0, q=4.0, v=15.0)
    known = History(np.array([0.0, 50.0]), np.zeros(2), np.full(2, 100.0), np.full(2, 100.0))
    once, often = money.mean_spend(known)
    assert 30 < once < often < 100


def test_the_money_of_a_simulated_shop_is_found() -> None:
    rng = np.random.default_rng(5)
    count = rng.integers(1, 10, 5000).astype(float)
    mean = rng.gamma(6.0 * count, 1 / (rng.gamma(4.0, 1 / 15.0, 5000) * count))
    found = fit_gamma_gamma(History(count - 1, count, count, mean))
    assert (found.p, found.q, found.v) == pytest.approx((6.0, 4.0, 15.0), rel=0.15)


def test_customers_with_one_age_and_as_many_purchases_are_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    repeats, age = rng.integers(0, 5, 3000).astype(float), rng.integers(200, 210, 3000).astype(float)
    crowd = History(repeats, np.minimum(repeats * 20, age), age, np.ones(3000))
    columns = (repeats, crowd.last, age, crowd.mean_spend)
    alone = [History(*(column[at : at + 1] for column in columns)) for at in range(50)]
    assert np.allclose(MODEL.purchases(crowd, 90)[:50], [MODEL.purchases(one, 90)[0] for one in alone], rtol=1e-12)
    worked_out: list[int] = []
    real = np.expm1

    def counted(values: np.ndarray) -> np.ndarray:
        worked_out.append(len(values))
        return np.asarray(real(values))

    monkeypatch.setattr(np, "expm1", counted)
    MODEL.purchases(crowd, 90)
    assert max(worked_out) == len(np.unique(np.column_stack((repeats, age)), axis=0))


def test_histories_are_the_same_with_and_without_the_other_features() -> None:
    """Returned, cancelled and late purchases count in neither."""
    rng = np.random.default_rng(4)
    amounts = rng.choice([10.0, 25.5, -10.0, -25.5, 0.0], 600, p=[0.4, 0.4, 0.1, 0.05, 0.05])
    purchases = Purchases.from_rows(rng.integers(0, 80, 600), rng.integers(0, 400, 600), amounts)
    for as_of in (0, 1, 200, 400):
        known = build_features(purchases, as_of)
        bought = purchases.bought_before(as_of)
        assert np.array_equal(bought.customer_ids, known.customer_ids)
        short, whole = History.at(bought, as_of), History.of(known)
        assert all(np.allclose(getattr(short, name), getattr(whole, name)) for name in ("repeats", "last", "age"))
        assert np.allclose(short.mean_spend, whole.mean_spend)
