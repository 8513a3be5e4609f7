"""A file as bytes: what it is, unpacked as it is read, refused with a reason when it is no table."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MAX_UNPACKED = 8 << 30
MAX_RATIO = 400
RATIO_FREE = 64 << 20

PACKERS: tuple[tuple[bytes, Callable[[Path], IO[bytes]]], ...] = (
    (b"\x1f\x8b", lambda path: cast("IO[bytes]", gzip.GzipFile(path, "rb"))),
    (b"BZh", lambda path: bz2.BZ2File(path, "rb")),
    (b"\xfd7zXZ\x00", lambda path: lzma.LZMAFile(path, "rb")),  # noqa: SIM115 (closed with the stream)
)
DAMAGED = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile)


OTHER_KINDS = (
    (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x09\x08\x10\x00", b"\x09\x08\x08\x00"),
        gettext_lazy("This is an old Excel file (.xls). Open it and save it as XLSX or CSV."),
    ),
    ((b"%PDF",), gettext_lazy("This is a PDF, not a table. Export the data as CSV or XLSX.")),
    (
        (b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"II*\x00", b"MM\x00*"),
        gettext_lazy("This is a picture or a recording, not a table."),
    ),
    (
        (b"SQLite format 3", b"PAR1", b"Obj\x01"),
        gettext_lazy("This is a database file. Export the table in it as CSV or XLSX."),
    ),
    ((b"Rar!", b"7z\xbc\xaf"), gettext_lazy("This is an archive. Unpack it and import its tables one by one.")),
    (
        (b"MZ\x90", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe"),
        gettext_lazy("This is a program, not a table."),
    ),
)


class UnreadableFileError(Exception):
    """The file can't be read as a table; `reason` is meant for the user, `line` is 1-based where it is known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True)
class Source:
    """A readable file: `kind` is "text" or "xlsx"; `open` gives its unpacked bytes from the start."""

    path: Path
    kind: str
    open: Callable[[], IO[bytes]]


class UnpackedStream(io.RawIOBase):
    """Unpacked bytes that stop a decompression bomb and a cut-off archive with a reason."""

    def __init__(self, inner: IO[bytes], packed_size: int, *, max_bytes: int = MAX_UNPACKED) -> None:
        self._inner = inner
        self._limit = min(max_bytes, max(RATIO_FREE, packed_size * MAX_RATIO))
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        try:
            data = self._inner.read(len(buffer))
        except DAMAGED as error:
            raise UnreadableFileError(_("The packed file is damaged or cut off; upload it again.")) from error
        self._read += len(data)
        if self._read > self._limit:
            raise UnreadableFileError(
                _("The file grows too much when it is unpacked; unpack it first and upload the table.")
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()


def open_source(path: Path) -> Source:
    """Say what the file is. Raises UnreadableFileError for empty files and for anything that is no table."""
    head = _first_bytes(path)
    if not head:
        raise UnreadableFileError(_("The file is empty."))
    if head.startswith(b"PK\x03\x04"):
        return _zip_source(path)
    if packer := _packer(head):
        return _packed_source(path, packer)
    _refuse_other_kinds(head)
    return Source(path, "text", lambda: path.open("rb"))


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(1024)
    except OSError as error:
        raise UnreadableFileError(_("The file can't be opened: %(problem)s.") % {"problem": error.strerror}) from error


def _packer(head: bytes) -> Callable[[Path], IO[bytes]] | None:
    return next((opener for magic, opener in PACKERS if head.startswith(magic)), None)


def _packed_source(path: Path, opener: Callable[[Path], IO[bytes]]) -> Source:
    size = path.stat().st_size

    def unpack() -> IO[bytes]:
        return io.BufferedReader(UnpackedStream(opener(path), size), 1 << 16)

    return _checked(Source(path, "text", unpack))


def _zip_source(path: Path) -> Source:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except DAMAGED as error:
        raise UnreadableFileError(_("The packed file is damaged or cut off; upload it again.")) from error
    names = {member.filename for member in members}
    if "xl/workbook.xml" in names or any(name.startswith("xl/worksheets/") for name in names):
        return Source(path, "xlsx", lambda: path.open("rb"))
    if document := _office_document(names):
        raise UnreadableFileError(document)
    tables = [m for m in members if not m.is_dir() and not m.filename.startswith(("__MACOSX/", "."))]
    if len(tables) != 1:
        raise UnreadableFileError(
            _("The archive holds %(count)d files. Unpack it and import its tables one by one.") % {"count": len(tables)}
        )
    return _zip_member(path, tables[0])


def _zip_member(path: Path, member: zipfile.ZipInfo) -> Source:
    if member.flag_bits & 0x1:
        raise UnreadableFileError(_("The archive is protected by a password. Unpack it first."))

    def unpack() -> IO[bytes]:
        stream = zipfile.ZipFile(path).open(member)  # noqa: SIM115 (whoever reads the table closes it)
        return io.BufferedReader(UnpackedStream(stream, member.compress_size), 1 << 16)

    return _checked(Source(path, "text", unpack))


def _checked(source: Source) -> Source:
    with source.open() as stream:
        head = stream.read(1024)
    if not head:
        raise UnreadableFileError(_("The file is empty."))
    if head.startswith(b"PK\x03\x04") or _packer(head):
        raise UnreadableFileError(_("The file is packed twice. Unpack it and import the table in it."))
    _refuse_other_kinds(head)
    return source


def _office_document(names: set[str]) -> str:
    if "word/document.xml" in names:
        return _("This is a text document, not a table. Save the table in it as CSV or XLSX.")
    if "content.xml" in names and "mimetype" in names:
        return _("This is an OpenDocument file. Open it and save it as CSV or XLSX.")
    if any(name.startswith("Index/") or name == "Index.zip" for name in names):
        return _("This is an Apple Numbers file. Export it as CSV or XLSX.")
    if "xl/workbook.bin" in names:
        return _("This is a binary Excel file (.xlsb). Save it as CSV or XLSX.")
    return ""


def _refuse_other_kinds(head: bytes) -> None:
    if reason := _other_kind(head):
        raise UnreadableFileError(reason)


def _other_kind(head: bytes) -> str:
    for magics, reason in OTHER_KINDS:
        if head.startswith(magics):
            return str(reason)
    if head[257:262] == b"ustar":
        return _("This is an archive. Unpack it and import its tables one by one.")
    return _other_text(head)


def _other_text(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return _("This is a web page, even if its name says otherwise. Export the data as CSV or XLSX.")
    if start.startswith((b"<?xml", b"{\\rtf")):
        return _("This is a document, not a table. Export the data as CSV or XLSX.")
    if start.startswith((b'{"', b"[{", b"{\n", b"{\r\n")) or start.split()[:2] == [b"[", b"{"]:
        return _("This is JSON, not a table. Export the data as CSV or XLSX.")
    if start.startswith(b"begin:vcard"):
        return _("This is a vCard address book. Export the contacts as CSV.")
    return ""
