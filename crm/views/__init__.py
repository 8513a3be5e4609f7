"""The pages of the crm room, cut by noun."""
