"""A full disk: nothing is written by halves, people read what is wrong, and all goes on when there is room."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .house import OWNER, PASSWORD, House, free_port, wait_for
from .visitor import Visitor

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk"), pytest.mark.slow]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(folder: Path) -> Path:
    """Take all room that is left."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    return filler


def test_a_full_disk_is_told_and_left_behind(small_disk: Path, template: Path) -> None:
    house = House(small_disk / "data", free_port(), template=template)
    try:
        wait_for(house.status)
        visitor = Visitor(house.port)
        wait_for(lambda: visitor.sign_in(OWNER, PASSWORD) == 302)
        filler = fill(small_disk)
        wait_for(lambda: Visitor(house.port).sign_in(OWNER, PASSWORD) == 503)
        assert house.status() == 503
        assert visitor.ask("/today")[0] == 200  # reading goes on
        filler.unlink()
        wait_for(lambda: Visitor(house.port).sign_in(OWNER, PASSWORD) == 302)
        assert house.row("PRAGMA integrity_check") == ("ok",)
    finally:
        house.kill()
