"""Reads of the analytics room."""
