"""The admin of the analytics room."""

from . import boards, figures, learning

__all__ = ["boards", "figures", "learning"]
