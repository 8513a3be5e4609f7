"""Health says whether the text model is the one that was shipped."""

from __future__ import annotations

from pathlib import Path

from analytics.health import check_text_model
from analytics.ml.text.files import CALIBRATION, NETWORK, PIECES, write_sums


def test_the_shipped_model_is_whole() -> None:
    assert check_text_model().state == "good"


def test_a_changed_and_a_missing_file_are_named(tmp_path: Path) -> None:
    for name in (NETWORK, PIECES, CALIBRATION):
        (tmp_path / name).write_bytes(b"content")
    write_sums(tmp_path)
    assert check_text_model(tmp_path).state == "good"
    (tmp_path / NETWORK).write_bytes(b"something else")
    damaged = check_text_model(tmp_path)
    assert (damaged.state, NETWORK in damaged.words) == ("warn", True)
    (tmp_path / NETWORK).unlink()
    assert NETWORK in check_text_model(tmp_path).words


def test_an_absent_folder_is_told(tmp_path: Path) -> None:
    assert check_text_model(tmp_path / "absent").state == "warn"
