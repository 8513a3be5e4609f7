"""Every write of the inbox, by noun."""
