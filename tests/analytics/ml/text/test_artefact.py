"""The shipped model is whole, documented, and refused when changed."""

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from analytics.ml.artefact import ArtefactError
from analytics.ml.text import artefact, files
from analytics.ml.text.artefact import WIDTH, Calibration, SentimentModel, shares
from analytics.ml.text.files import CALIBRATION, CARD, NETWORK, PIECES, SUMS
from analytics.ml.text.train.examples import SHIPPED, own_messages, own_voices, unseen_voices


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(files.FOLDER, tmp_path / "artefact"))


def test_the_shipped_model_is_within_its_size() -> None:
    assert sum(path.stat().st_size for path in files.FOLDER.iterdir()) < 25e6


def test_the_card_names_every_source_with_its_licence() -> None:
    card = json.loads((files.FOLDER / CARD).read_text(encoding="utf-8"))
    assert all(source["licence"] for source in card["sources"].values())
    assert not card["sources"].keys() & card["measured_only"].keys()
    assert card["training"]["command"].startswith("python -m analytics.ml.text.train")
    assert {"limits", "measured", "checks"} <= card.keys()


def test_the_texts_that_it_was_made_and_measured_with_lie_beside_it() -> None:
    card = json.loads((files.FOLDER / CARD).read_text(encoding="utf-8"))
    measured = {name: found["rows"] for name, found in card["measured"].items()}
    unseen = Counter(f"unseen_voices:{voice.language}" for voice in unseen_voices())
    assert unseen == {name: rows for name, rows in measured.items() if name.startswith("unseen_voices")}
    assert len(own_messages(held_out=True)) == measured["own_messages:all"]
    most = max(Counter(voice.language for voice in own_voices(held_out=False)).values())
    assert 2 * most * len(SHIPPED) == card["sources"]["own_voices"]["rows"]  # each language as often, in two dresses


@pytest.mark.parametrize("name", [NETWORK, PIECES, CALIBRATION, CARD])
def test_a_changed_file_is_refused_by_name(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(ArtefactError, match=name):
        SentimentModel(copy)


@pytest.mark.parametrize("name", [NETWORK, PIECES, CALIBRATION, SUMS])
def test_a_missing_file_is_refused_by_name(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ArtefactError, match=name):
        SentimentModel(copy)


@pytest.mark.parametrize("content", [b"", b"no hashes at all\n", b"\xff\xfe\x00", b"abc  other.file\n"])
def test_a_broken_list_of_hashes_is_refused(copy: Path, content: bytes) -> None:
    (copy / SUMS).write_bytes(content)
    with pytest.raises(ArtefactError):
        SentimentModel(copy)


def test_another_format_is_refused(copy: Path) -> None:
    settings = json.loads((copy / CALIBRATION).read_text(encoding="utf-8")) | {"format": 99}
    _rewrite(copy, CALIBRATION, json.dumps(settings).encode())
    with pytest.raises(ArtefactError, match="format 99"):
        SentimentModel(copy)


def test_a_file_that_is_no_network_is_refused(copy: Path) -> None:
    _rewrite(copy, NETWORK, b"this is no network")
    with pytest.raises(ArtefactError, match=NETWORK):
        SentimentModel(copy)


def _rewrite(folder: Path, name: str, content: bytes) -> None:
    """Replace a file together with its recorded hash, as a foreign artefact would have it."""
    (folder / name).write_bytes(content)
    files.write_sums(folder)


@pytest.mark.parametrize("name", [NETWORK, CALIBRATION])
def test_what_was_fitted_on_top_is_told_from_another_network_or_calibration(copy: Path, name: str) -> None:
    before = files.network_digest(copy)
    assert len(before) == 64
    _rewrite(copy, name, (copy / name).read_bytes() + b"\n")
    assert files.network_digest(copy) != before


def test_the_model_is_loaded_once_a_process() -> None:
    assert artefact.shipped_model() is artefact.shipped_model()


def logits_of(chances: list[float]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.log(np.array([chances], np.float32))


def far(length: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.full((1, WIDTH), length / WIDTH**0.5, np.float32)


def test_a_text_unlike_those_learnt_from_is_less_sure_to_be_neutral() -> None:
    calibration = Calibration(doubt=0.3, slope=-0.35)
    near, further = (shares(calibration.applied(logits_of([0.1, 0.8, 0.1]), far(length)))[0] for length in (6.8, 5.5))
    assert near[1] == pytest.approx(0.8, abs=0.01)
    assert 0.6 < further[1] < 0.75


def test_doubt_moves_nothing_between_negative_and_positive() -> None:
    calibration = Calibration(doubt=0.3, slope=-0.35)
    doubted = shares(calibration.applied(logits_of([0.6, 0.1, 0.3]), far(5.5)))[0]
    assert doubted[0] / doubted[2] == pytest.approx(2, rel=1e-4)
    assert doubted[1] > 0.1


def test_without_doubt_the_network_is_taken_at_its_word() -> None:
    logits = logits_of([0.2, 0.5, 0.3])
    assert Calibration().applied(logits, far(5.5)) == pytest.approx(logits, abs=1e-5)


def test_no_vector_however_short_or_long_makes_doubt_boundless() -> None:
    calibration = Calibration(doubt=0.3, slope=-0.35)
    for length in (0.0, 1e6):
        assert np.isfinite(calibration.applied(logits_of([0.1, 0.8, 0.1]), far(length))).all()
