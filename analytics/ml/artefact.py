"""A trained model on disk: a folder with the network, its card and their hashes, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

FORMAT = 1
NETWORK, CARD, SUMS = "model.onnx", "card.json", "SHA256SUMS"


class ArtefactError(Exception):
    """The artefact must not serve; the message says in plain words what is wrong with it."""


def write_artefact(folder: Path, *, network: bytes, card: dict[str, Any]) -> Path:
    """Write to a temporary neighbour, flush to disk, rename. ArtefactError when `folder` already exists."""
    if folder.exists():
        raise ArtefactError(f"There is already something at {folder}.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    files = {NETWORK: network, CARD: json.dumps(card, indent=1, allow_nan=False).encode()}
    files[SUMS] = "".join(f"{_hash(content)}  {name}\n" for name, content in files.items()).encode()
    drafts = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            _write(drafts / name, content)
        drafts.chmod(0o755)
        drafts.rename(folder)
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
    _sync(folder.parent)
    return folder


def read_artefact(folder: Path) -> tuple[bytes, dict[str, Any]]:
    """Network and card, after every hash and the format were checked; ArtefactError in clear words otherwise."""
    sums = _sums(folder)
    content = {name: _checked(folder / name, sums.get(name)) for name in (NETWORK, CARD)}
    try:
        card = json.loads(content[CARD])
    except ValueError as error:
        raise ArtefactError(f"The card in {folder.name} is not JSON.") from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise ArtefactError(f"The artefact {folder.name} is of another format; this version reads format {FORMAT}.")
    return content[NETWORK], card


def _sums(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise ArtefactError(f"There is no artefact at {folder}.")
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ArtefactError(f"The list of hashes in {folder.name} can't be read.") from error
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _checked(path: Path, digest: str | None) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path.name} is missing from the artefact {path.parent.name}.") from error
    if digest != _hash(content):
        raise ArtefactError(f"{path.name} in the artefact {path.parent.name} is not what was written: wrong hash.")
    return content


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
