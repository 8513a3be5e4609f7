"""The shipped model is whole, documented, and refused when changed."""

import json
import shutil
from pathlib import Path

import pytest

from analytics.ml.artefact import ArtefactError
from analytics.ml.text import artefact, files
from analytics.ml.text.artefact import SentimentModel
from analytics.ml.text.files import CALIBRATION, CARD, NETWORK, PIECES, SUMS


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


def test_the_model_is_loaded_once_a_process() -> None:
    assert artefact.shipped_model() is artefact.shipped_model()
