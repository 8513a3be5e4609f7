"""Texts to token ids, in windows of the length that the network reads."""

from collections.abc import Callable, Iterable
from typing import Final

import sentencepiece

MAX_TOKENS: Final = 96
_START, _END = 0, 2
_ROOM: Final = MAX_TOKENS - 2


class Tokenizer:
    """A SentencePiece unigram model with the encoder's special tokens around each window."""

    def __init__(self, model: bytes, *, spelling: Callable[[str], str] = str) -> None:
        """`model` is a serialised SentencePiece model, RuntimeError where it is not; `spelling` is applied to texts."""
        self._spelling = spelling
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)

    def encode(self, text: str) -> list[list[int]]:
        """Windows of at most 96 ids; one window for an empty text."""
        return self.windows([text])

    def windows(self, sentences: Iterable[str]) -> list[list[int]]:
        """Windows of at most 96 ids that keep sentences whole where they fit."""
        windows: list[list[int]] = [[]]
        for pieces in self._processor.encode([self._spelling(sentence) for sentence in sentences]):
            if windows[-1] and len(windows[-1]) + len(pieces) > _ROOM:
                windows.append([])
            windows[-1] += pieces
            while len(windows[-1]) > _ROOM:
                windows[-1:] = [windows[-1][:_ROOM], windows[-1][_ROOM:]]
        return [[_START, *window, _END] for window in windows]
