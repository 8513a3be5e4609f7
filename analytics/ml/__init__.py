"""Features, models and metrics in plain Python: neither Django nor a database."""
