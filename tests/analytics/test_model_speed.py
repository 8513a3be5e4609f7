import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from analytics.management.commands.model_speed import line
from analytics.ml.artefact import ArtefactError
from analytics.ml.speed import Speed, trained_speed
from analytics.ml.training import train
from tests.analytics.ml.shops import shop


@pytest.mark.django_db
def test_every_shipped_network_is_measured() -> None:
    out = StringIO()
    call_command("model_speed", "--rounds", "2", "--json", stdout=out)
    found = {model["name"]: model for model in json.loads(out.getvalue())["models"]}
    assert set(found) == {"sentiment", "meaning", "language"}
    for model in found.values():
        assert model["kilobytes"] > 0
        assert 0 < model["p50_ms"] <= model["p95_ms"]
        assert model["many_ms"] > 0


def test_the_figures_are_told_in_a_line() -> None:
    said = line(Speed("meaning", 42_000, 80.5, 2.0, 3.25, 32, 71.0))
    assert said.split(maxsplit=1)[0] == "meaning"
    assert "42,000 kB" in said
    assert "32 in 71.0 ms" in said


def test_a_trained_network_is_measured_and_a_changed_one_refused(tmp_path: Any) -> None:
    purchases = shop(80, days=300)
    folder = train("churn", purchases, as_of=purchases.last_day - 30, horizon_days=30).save(tmp_path / "churn")
    speed = trained_speed("churn", folder, rounds=3)
    assert (speed.name, speed.many) == ("churn", 100_000)
    assert speed.kilobytes < 500
    (folder / "model.onnx").write_bytes(b"changed")
    with pytest.raises(ArtefactError):
        trained_speed("churn", folder)
