"""The models leave memory when nobody writes, and come back by themselves."""

from analytics.ml.text import artefact
from analytics.ml.text.memory import note_use, release_idle_models
from analytics.ml.text.reading import read_message


def test_idle_models_are_let_go_and_loaded_anew() -> None:
    release_idle_models(0)
    before = artefact.shipped_model()
    note_use()
    assert not release_idle_models(3600)
    assert artefact.shipped_model() is before
    assert release_idle_models(0)
    assert not release_idle_models(0)
    assert artefact.shipped_model() is not before
    assert read_message("Thank you, the lamp is beautiful and came so quickly!").sentiment == "positive"
