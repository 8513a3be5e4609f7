"""The whole house from one command: it starts, survives kill -9 of each part, and stops with nothing left behind."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .house import OWNER, PARTS, PATIENCE, House, free_port, group_is_gone, wait_for

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"), pytest.mark.slow]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    running = House(tmp_path_factory.mktemp("data"), free_port())
    wait_for(lambda: running.status() == 200)
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_is_back_within_seconds(house: House, part: str) -> None:
    before = house.part(part)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: house.parts().get(part, before) != before, seconds=20)  # the longest delay is thirty seconds
    wait_for(lambda: house.status() == 200, seconds=60)
    wait_for(lambda: set(house.parts()) >= set(PARTS), seconds=20)


def test_scheduler_and_worker_give_signs_of_life(house: House) -> None:
    wait_for(lambda: house.seen_at("beat") and house.seen_at("worker"))


def test_a_second_start_on_the_same_folder_is_refused_in_one_line(house: House) -> None:
    code, said = refused(house.data, free_port())
    assert code == 2
    assert said.startswith("Rapport can't start: Rapport runs already")
    assert len(said.splitlines()) == 1


def test_a_port_in_use_is_told_in_one_line(house: House, tmp_path: Path) -> None:
    code, said = refused(tmp_path, house.port)
    assert code == 2
    assert said.startswith(f"Rapport can't start: PORT={house.port} is used by another program")
    assert len(said.splitlines()) == 1


def test_a_database_from_elsewhere_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "rapport.sqlite3").write_text("this is no database, but somebody put it here" * 50)
    code, said = refused(tmp_path, free_port())
    assert code == 2
    assert said.startswith("Rapport can't start: the database can't be used: file is not a database")


def refused(data: Path, port: int) -> tuple[int, str]:
    second = House(data, port)
    said, _ = second.process.communicate(timeout=PATIENCE)
    return second.process.returncode, said


def test_it_stops_with_code_0_and_starts_again_with_its_data(tmp_path: Path, template: Path) -> None:
    first = House(tmp_path / "data", free_port(), template=template)
    wait_for(lambda: first.status() == 200)
    wait_for(lambda: set(first.parts()) == set(PARTS))  # the greeting has been said
    parts = first.parts().values()
    begun = time.monotonic()
    code, said = first.stop(signal.SIGINT)
    assert (code, time.monotonic() - begun < 60) == (0, True)  # parts that refuse are killed after eight seconds
    assert f"Rapport runs at http://localhost:{first.port}" in said
    assert f"Sign in as {OWNER}." in said
    assert "Traceback" not in said
    wait_for(lambda: all(group_is_gone(pid) for pid in parts), seconds=20)
    second = House(tmp_path / "data", first.port)
    wait_for(lambda: second.status() == 200)
    wait_for(lambda: "rapport-welcome" not in second.parts())
    assert f"Sign in as {OWNER}." in second.stop()[1]


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path, template: Path) -> None:
    house = House(tmp_path / "data", free_port(), template=template)
    wait_for(lambda: house.status() == 200)
    parts = list(house.parts().values())
    house.stop(signal.SIGKILL)
    wait_for(lambda: all(group_is_gone(pid) for pid in parts), seconds=60)
