"""Measures a running Rapport on a seeded database: pages, search, import, training, scoring, memory."""
