"""Settings of the web server: `gunicorn --config python:config.gunicorn config.wsgi`."""

import os
from pathlib import Path

bind = f"{os.environ.get('RAPPORT_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("RAPPORT_WEB_PROCESSES", "2"))
threads = int(os.environ.get("RAPPORT_WEB_THREADS", "4"))
preload_app = True  # the processes share what the application takes in memory
timeout = 60
graceful_timeout = 5
keepalive = 15
control_socket_disable = True
forwarded_allow_ips = ""  # config.security decides whom to believe
loglevel = "warning"
if Path("/dev/shm").is_dir():  # noqa: S108 (signs of life of workers: never wait for a disk)
    worker_tmp_dir = "/dev/shm"  # noqa: S108
