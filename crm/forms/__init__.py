"""Parsing and validation of what the pages of the crm room send, by noun."""
