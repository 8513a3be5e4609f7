"""Asks this machine's own web server whether it answers: `python -m config.alive`, without loading the application."""

import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104


def status_of(host: str, port: int, *, site: str = "", timeout: float = 5) -> int:
    """The HTTP status of /healthz as a visitor of `site` would get it; 0 when nobody answers."""
    url = f"http://{EVERYWHERE.get(host, host)}:{port}/healthz"
    headers = {"Host": urlsplit(site).netloc or f"localhost:{port}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def main() -> int:
    host, port = os.environ.get("RAPPORT_HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    return 0 if status_of(host, port, site=os.environ.get("RAPPORT_SITE_URL", "")) == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
