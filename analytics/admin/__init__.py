"""The admin of the analytics room."""

from . import figures, learning

__all__ = ["figures", "learning"]
