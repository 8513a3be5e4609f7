"""The product's settings for a server that is being measured."""

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE

ROOT_URLCONF = "config.bench.counting"
MIDDLEWARE = ["config.bench.counting.QueryCountMiddleware", *MIDDLEWARE]
