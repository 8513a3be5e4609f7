"""Every write of the automations, by noun."""
