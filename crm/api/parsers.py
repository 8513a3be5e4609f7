"""Reading what programs send: one JSON value that a database can keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from crm.incoming import read_json


class PlainJSONParser(JSONParser):
    """JSON as `crm.incoming.read_json` takes it; 400 for anything else. Django limits the size (413)."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return read_json(stream.read().decode())
        except ValueError as error:
            raise ParseError(_("This is no JSON that can be kept: %(reason)s") % {"reason": error}) from error
