"""Whom we know and what we sell them."""
