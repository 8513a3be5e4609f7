"""Topics of messages from few examples, and topics that emerge."""
