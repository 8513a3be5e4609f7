"""The secret key of the embedded default: made once, kept in the data folder, readable by its owner alone."""

import os
import secrets
from pathlib import Path

from config.environment import SettingError


def kept_secret_key(data: Path) -> str:
    """The key in `data`, made on the first call. Two processes that start at once agree on one key."""
    path = data / "secret_key"
    try:
        if not path.exists():
            write_once(path, secrets.token_urlsafe(64))
        key = path.read_text().strip()
    except OSError as error:
        raise SettingError(f"The secret key in {path} can't be read: {error.strerror}.") from None
    if len(key) < 50:
        raise SettingError(f"The secret key in {path} is too short: restore it from a backup, or delete the file.")
    return key


def write_once(path: Path, text: str) -> None:
    """Put a whole file in place unless another process was first."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
