"""What the pages of the crm room show, by noun: frozen dataclasses in a fixed number of SQL queries."""
