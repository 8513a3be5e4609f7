"""Keeps the processes of one machine alive: starts them, restarts what dies, stops all cleanly.

Children are forked from a parent that has the application loaded and nothing opened, so that they share its memory
and start at once. Each has its own process group, and none outlives the parent.
"""

import atexit
import contextlib
import ctypes
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
STEADY_AFTER = 30.0  # seconds of running after which a death counts as the first again
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15

Say = Callable[[str], None]


@dataclass(frozen=True)
class Service:
    """What one child does. `is_once`: it ends by itself, and is started again only after a failure."""

    name: str
    title: str
    run: Callable[[], None]
    is_once: bool = False


@dataclass
class Child:
    """A service and the process that runs it now, if any. Times are of the monotonic clock."""

    service: Service
    pid: int = 0
    started_at: float = 0.0
    start_at: float = 0.0
    deaths: int = 0
    is_finished: bool = False


@dataclass
class Supervisor:
    """Runs `services` until a stop signal.

    `log_fd` takes what children print; `on_death` is told each dead pid; `on_tick` is called every few seconds.
    """

    services: Sequence[Service]
    say: Say
    log_fd: int | None = None
    on_death: Callable[[int], object] = lambda _pid: None
    on_tick: Callable[[], object] = lambda: None
    grace_seconds: float = 8.0
    _children: list[Child] = field(default_factory=list)
    _stops: int = 0

    def run(self) -> None:
        """Return when a stop signal came and all children have ended."""
        self._children = [Child(service) for service in self.services]
        with waking_signals(self._on_stop) as wake_fd:
            while not self._stops:
                self._start_what_is_due()
                select.select([wake_fd], [], [], self._seconds_to_next_start())
                drain(wake_fd)
                self._reap()
                self.on_tick()
            self._stop(wake_fd)

    def _on_stop(self, _signal: int, _frame: object) -> None:
        self._stops += 1

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if not child.pid and not child.is_finished and child.start_at <= now:
                child.pid = fork(child.service, self.log_fd)
                child.started_at = now

    def _seconds_to_next_start(self) -> float:
        waits = [c.start_at - time.monotonic() for c in self._children if not c.pid and not c.is_finished]
        return max(0.0, min([5.0, *waits]))

    def _reap(self) -> None:
        for child in self._children:
            if child.pid and (status := ended(child.pid)) is not None:
                kill_group(child.pid, signal.SIGKILL)  # what it left behind would hold its port and memory
                self.on_death(child.pid)
                child.pid = 0
                self._plan_restart(child, status)

    def _plan_restart(self, child: Child, status: int) -> None:
        if child.service.is_once and status == 0:
            child.is_finished = True
            return
        now = time.monotonic()
        child.deaths = 1 if now - child.started_at > STEADY_AFTER else child.deaths + 1
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (child.deaths - 1))
        child.start_at = now + delay
        if not self._stops:
            self.say(f"{child.service.title} {how_it_ended(status)}; it starts again in {delay:g} s.")

    def _stop(self, wake_fd: int) -> None:
        asked = self._stops
        deadline = time.monotonic() + self.grace_seconds
        for child in self._running():
            kill_group_leader(child.pid, signal.SIGTERM)
        while self._running() and time.monotonic() < deadline and self._stops == asked:
            select.select([wake_fd], [], [], 0.2)
            drain(wake_fd)
            self._reap()
        for child in self._running():
            kill_group(child.pid, signal.SIGKILL)
        while self._running():
            self._reap()
            time.sleep(0.01)

    def _running(self) -> list[Child]:
        return [child for child in self._children if child.pid]


def fork(service: Service, log_fd: int | None) -> int:
    """Start a child that runs `service`; returns its pid."""
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        run_as_child(service, parent, log_fd)
    with contextlib.suppress(ProcessLookupError, PermissionError):  # the child does the same: whoever is first
        os.setpgid(pid, pid)
    return pid


def run_as_child(service: Service, parent: int, log_fd: int | None) -> NoReturn:
    """Never returns into the parent's code, whatever happens."""
    status = 1
    try:
        os.setpgid(0, 0)
        for number in (*STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        die_with(parent)
        name_process(service.name)
        redirect(log_fd)
        service.run()
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:
        status = 0
    except BaseException:  # noqa: BLE001 (the end of the process: say why and leave)
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def redirect(log_fd: int | None) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    if log_fd is not None:
        os.dup2(log_fd, 1)
        os.dup2(log_fd, 2)


def die_with(parent: int) -> None:
    """Have this process asked to stop when its parent is gone, however that died."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)
    else:
        threading.Thread(target=watch, args=(parent,), daemon=True).start()


def watch(parent: int) -> None:
    """Where the kernel can't tell us: look every two seconds whether we have been given to another parent."""
    while os.getppid() == parent:
        time.sleep(2)
    os.kill(os.getpid(), signal.SIGTERM)


def name_process(name: str) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, f"rapport-{name}"[:15].encode())


def ended(pid: int) -> int | None:
    """The exit code of a child that has ended (negative: the signal that killed it), None while it runs."""
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if found else None


def how_it_ended(status: int) -> str:
    return f"was killed by signal {-status}" if status < 0 else f"ended with code {status}"


def kill_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def kill_group_leader(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


class waking_signals(contextlib.AbstractContextManager[int]):  # noqa: N801 (used as a statement)
    """Inside, stop signals call `on_stop`, and every signal makes the returned descriptor readable."""

    def __init__(self, on_stop: Callable[[int, object], None]) -> None:
        self.on_stop = on_stop

    def __enter__(self) -> int:
        self.read_fd, self.write_fd = os.pipe()
        for descriptor in (self.read_fd, self.write_fd):
            os.set_blocking(descriptor, False)
        self.before = {number: signal.signal(number, self.on_stop) for number in STOP_SIGNALS}
        self.before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        signal.set_wakeup_fd(self.write_fd, warn_on_full_buffer=False)
        return self.read_fd

    def __exit__(self, *_error: object) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in self.before.items():
            signal.signal(number, handler)
        os.close(self.read_fd)
        os.close(self.write_fd)


def drain(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while os.read(descriptor, 512):
            pass
