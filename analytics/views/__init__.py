"""Pages of the analytics room."""
