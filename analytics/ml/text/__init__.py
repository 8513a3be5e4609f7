"""Sentiment and language of messages by a small network that ships with the product; plain Python."""
