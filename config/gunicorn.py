"""Settings of the web server: `gunicorn --config python:config.gunicorn config.wsgi`."""

from pathlib import Path

from config.environment import Environment

env = Environment()
bind = f"{env.text('RAPPORT_HOST', '127.0.0.1')}:{env.integer('PORT', 8000, low=1, high=65535)}"
worker_class = "gthread"
workers = env.integer("RAPPORT_WEB_PROCESSES", 2, low=1, high=64)
threads = env.integer("RAPPORT_WEB_THREADS", 4, low=1, high=64)
preload_app = True  # the processes share what the application takes in memory
timeout = 60
graceful_timeout = 5
keepalive = 15
control_socket_disable = True
forwarded_allow_ips = ""  # config.security decides whom to believe
loglevel = "warning"
if Path("/dev/shm").is_dir():  # noqa: S108 (signs of life of workers: never wait for a disk)
    worker_tmp_dir = "/dev/shm"  # noqa: S108
