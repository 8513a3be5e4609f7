"""Which columns mean what: recognition of headers by program, by alias in many languages, by likeness."""

from crm.importing.headers.recognise import (
    Match,
    Recognition,
    is_known_header,
    mapping_key,
    normalise_header,
    recognise_headers,
)

__all__ = ["Match", "Recognition", "is_known_header", "mapping_key", "normalise_header", "recognise_headers"]
