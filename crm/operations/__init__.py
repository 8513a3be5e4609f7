"""Every write of the customer records, by noun."""
