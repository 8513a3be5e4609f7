"""What the pages of the inbox show, by noun: frozen dataclasses in a fixed number of SQL queries."""
