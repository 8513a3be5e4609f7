"""Template tags of the analytics room."""
