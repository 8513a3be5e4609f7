"""A visitor with cookies and without a browser."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        return None


class Visitor:
    """Asks pages of one site; remembers cookies, follows no redirect."""

    def __init__(self, port: int) -> None:
        self.base = f"http://localhost:{port}"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), NoRedirect())

    def ask(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, dict[str, str]]:
        """Status, text and headers; fields make it a POST."""
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        request = urllib.request.Request(self.base + path, data=data, headers={"Referer": self.base})
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), dict(error.headers)

    def sign_in(self, email: str, password: str) -> int:
        _, page, _ = self.ask("/sign-in")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        fields = {"username": email, "password": password, "csrfmiddlewaretoken": token[1] if token else ""}
        return self.ask("/sign-in", fields)[0]
