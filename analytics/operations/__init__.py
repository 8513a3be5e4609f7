"""Writes of the analytics room."""
