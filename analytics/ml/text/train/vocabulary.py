"""Cuts the encoder's 250,000 pieces down to those of the shipped languages, as a SentencePiece model."""

import io
import unicodedata
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from itertools import chain, islice
from typing import Any, Final

import sentencepiece

from analytics.ml.text.train.source import Source

_FIRST_PIECE: Final = 4  # below: <s>, <pad>, </s>, <unk>
_SPACE: Final = "▁"
_LETTERS: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyz"
    "äöüßàâæçéèêëîïôœùûÿñáíóúìòãõåøąćęłńśźżěščřžýůďťň"  # the shipped languages and their neighbours
)


def choose_pieces(source: Source, texts: Iterable[str], *, size: int) -> list[int]:
    """Sorted ids of the pieces to keep: special ones, single characters, those of the texts, then the likeliest Latin.

    Pieces are ranked by the published unigram model, so that no further word list is needed.
    """
    every = range(len(source.pieces))
    wanted = chain(
        range(_FIRST_PIECE),
        (i for i in every if _is_single_character(source.pieces[i])),
        _ids_used(source, texts),
        (i for i in sorted(every, key=lambda i: -source.scores[i]) if _is_latin(source.pieces[i])),
    )
    return sorted(islice(dict.fromkeys(wanted), size))


def _is_single_character(piece: str) -> bool:
    bare = piece.replace(_SPACE, "")
    return len(bare) == 1 and (ord(bare) < 0x250 or unicodedata.category(bare)[0] in "PSN")


def _is_latin(piece: str) -> bool:
    bare = piece.replace(_SPACE, "").lower()
    return any(letter in _LETTERS for letter in bare) and all(c in _LETTERS or not c.isalpha() for c in bare)


def _ids_used(source: Source, texts: Iterable[str]) -> list[int]:
    """Ids of the pieces that occur at least twice in the texts, most frequent first."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=build_model(source, list(range(len(source.pieces)))))
    counts = Counter(chain.from_iterable(processor.encode(list(texts))))
    return [i for i, count in counts.most_common() if count > 1]


def build_model(source: Source, pieces: list[int]) -> bytes:
    """A serialised SentencePiece unigram model of these pieces, with the published normalisation (nmt_nfkc)."""
    schema: Any = import_module("sentencepiece.sentencepiece_model_pb2")

    model = schema.ModelProto.FromString(_any_unigram_model())
    del model.pieces[:]
    kinds = schema.ModelProto.SentencePiece
    special = [("<s>", kinds.CONTROL), ("<pad>", kinds.CONTROL), ("</s>", kinds.CONTROL), ("<unk>", kinds.UNKNOWN)]
    for piece, kind in special:
        model.pieces.add(piece=piece, score=0.0, type=kind)
    for i in pieces[_FIRST_PIECE:]:
        model.pieces.add(piece=source.pieces[i], score=float(source.scores[i]), type=kinds.NORMAL)
    trainer = model.trainer_spec
    trainer.vocab_size = len(model.pieces)
    trainer.bos_id, trainer.pad_id, trainer.eos_id, trainer.unk_id = 0, 1, 2, 3
    trainer.ClearField("input")
    return bytes(model.SerializeToString())


def _any_unigram_model() -> bytes:
    """A tiny trained model: only its normalisation table is kept."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["one two three four five six seven eight nine ten"] * 8),
        model_writer=written,
        vocab_size=40,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    return written.getvalue()
