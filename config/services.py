"""What the processes of the embedded default run: web server, workers, scheduler."""

from __future__ import annotations

import os
import socket
from typing import Any

from gunicorn.app.base import BaseApplication

from config import gunicorn as web_settings
from config.celery import app as celery


class WebServer(BaseApplication):  # type: ignore[misc]
    """gunicorn inside this process, on a socket that is open already."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {k: v for k, v in vars(web_settings).items() if k in self.cfg.settings}
        for name, value in (settings | {"bind": f"fd://{self.listener.fileno()}"}).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from config.wsgi import application

        return application


def run_web(listener: socket.socket) -> None:
    os.environ.pop("LISTEN_FDS", None)
    WebServer(listener).run()


def run_interactive_worker() -> None:
    """Short work that people wait for: threads, since it waits for the database and the network."""
    run_worker("interactive", "--queues=interactive", "--pool=threads", "--concurrency=4")


def run_heavy_worker() -> None:
    """Imports, batches and training: one child process that is replaced when it has grown."""
    run_worker("heavy", "--queues=bulk,train", "--pool=prefork", "--concurrency=1")


def run_worker(name: str, *arguments: str) -> None:
    common = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=INFO"]
    celery.worker_main(["worker", f"--hostname={name}@%h", *common, *arguments])


def run_beat() -> None:
    celery.start(["beat", "--loglevel=INFO", "--max-interval=5"])
