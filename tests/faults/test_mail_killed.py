"""kill -9 while an answer is handed to the mail server: it is never sent twice, and the page says what is known."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from .house import House, free_port, wait_for

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"), pytest.mark.slow]

ANSWER = """
from crm.models import User
from inbox.models import Channel
from inbox.operations.conversations import reply
from inbox.operations.receiving import receive_message
channel = Channel.objects.get(slug="contact")
message = receive_message(channel=channel, external_id="m1", from_address="ann@example.org", text="Where is it?")
reply(conversation=message.conversation, actor=User.objects.get(), text="On its way")
"""
STATE = "SELECT state, attempts, error FROM inbox_post"
DUE = "from inbox.models import Post; from django.utils import timezone; Post.objects.update(due_at=timezone.now())"


class SlowServer:
    """A mail server that takes its time: `is_slow` after the address, or after the whole body."""

    def __init__(self) -> None:
        self.bodies = 0
        self.addresses = 0
        self.slow_at = ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.addresses += 1
        envelope.rcpt_tos.append(address)
        await self._wait("address")
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.bodies += 1
        await self._wait("body")
        return "250 OK"

    async def _wait(self, where: str) -> None:
        while self.slow_at == where:
            await asyncio.sleep(0.05)


@pytest.fixture
def server() -> Iterator[tuple[SlowServer, int]]:
    handler, port = SlowServer(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    yield handler, port
    handler.slow_at = ""
    controller.stop()


@pytest.fixture
def house(tmp_path: Path, template: Path, server: tuple[SlowServer, int]) -> Iterator[House]:
    url = f"smtp://127.0.0.1:{server[1]}"
    running = House(tmp_path / "data", free_port(), template=template, RAPPORT_SMTP_URL=url)
    wait_for(lambda: running.status() == 200)
    yield running
    running.kill()


def state(house: House) -> str:
    row = house.row(STATE)
    return str(row[0]) if row else ""


def kill_worker(house: House) -> None:
    before = house.part("rapport-worker")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: house.parts().get("rapport-worker", before) != before)


def test_killed_while_the_body_is_taken_it_is_not_sent_again(house: House, server: tuple[SlowServer, int]) -> None:
    mail_server, _port = server
    mail_server.slow_at = "body"
    house.run(ANSWER)
    wait_for(lambda: mail_server.bodies == 1)
    kill_worker(house)
    mail_server.slow_at = ""
    assert state(house) == "transmitting"
    house.run(DUE)  # as if the lease had run out
    wait_for(lambda: state(house) == "unknown")
    assert mail_server.bodies == 1
    assert house.row("SELECT status, is_unread FROM inbox_conversation") == ("open", 1)


def test_killed_before_the_body_it_is_sent_once(house: House, server: tuple[SlowServer, int]) -> None:
    mail_server, _port = server
    mail_server.slow_at = "address"
    house.run(ANSWER)
    wait_for(lambda: mail_server.addresses == 1)
    kill_worker(house)
    mail_server.slow_at = ""
    assert state(house) == "sending"
    house.run(DUE)
    wait_for(lambda: state(house) == "sent")
    assert mail_server.bodies == 1
