"""Sentiment and language of messages by a small network that ships with the product; plain Python."""

from analytics.ml.artefact import ArtefactError
from analytics.ml.text.language import identify_language
from analytics.ml.text.reading import NoReading, Reading, read_message

__all__ = ["ArtefactError", "NoReading", "Reading", "identify_language", "read_message"]
