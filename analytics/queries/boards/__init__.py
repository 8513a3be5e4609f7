"""Dashboards as their pages show them."""
