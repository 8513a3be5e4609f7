"""The files of the shipped text model and their hashes; nothing of the model is loaded for this."""

import hashlib
from pathlib import Path
from typing import Final

from analytics.ml.artefact import ArtefactError

FOLDER: Final = Path(__file__).parent / "artefact"
NETWORK, PIECES, CALIBRATION, CARD, SUMS = (
    "sentiment.onnx",
    "pieces.model",
    "calibration.json",
    "card.json",
    "SHA256SUMS",
)


def verify(folder: Path) -> None:
    """Compare every file with SHA256SUMS; ArtefactError names the first that differs."""
    expected = recorded(folder)
    if missing := {NETWORK, PIECES, CALIBRATION} - expected.keys():
        raise ArtefactError(f"{folder / SUMS} does not name {', '.join(sorted(missing))}")
    for name, digest in expected.items():
        if digest_of(folder / name) != digest:
            raise ArtefactError(f"{folder / name} differs from its recorded hash: restore the shipped file")


def network_digest(folder: Path = FOLDER) -> str:
    """A hash of the network and its calibration as recorded: what was fitted on top of both belongs to no others."""
    known = recorded(folder)
    return hashlib.sha256(f"{known.get(NETWORK)} {known.get(CALIBRATION)}".encode()).hexdigest()


def recorded(folder: Path) -> dict[str, str]:
    """The hashes in SHA256SUMS by file name; ArtefactError where it cannot be read."""
    try:
        lines = (folder / SUMS).read_text(encoding="ascii").splitlines()
        return {name: digest for digest, name in (line.split("  ", 1) for line in lines if line)}
    except OSError as error:
        raise _unreadable(error) from error
    except ValueError as error:
        raise ArtefactError(f"{folder / SUMS} is not a list of hashes") from error


def digest_of(path: Path) -> str:
    """SHA-256 of a file; ArtefactError where it cannot be read."""
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(error) from error


def _unreadable(error: OSError) -> ArtefactError:
    return ArtefactError(f"{error.filename} of the sentiment model cannot be read: {error.strerror}")


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS of all files in the folder."""
    names = sorted(path.name for path in folder.iterdir() if path.name != SUMS)
    (folder / SUMS).write_text("".join(f"{digest_of(folder / name)}  {name}\n" for name in names), encoding="ascii")
