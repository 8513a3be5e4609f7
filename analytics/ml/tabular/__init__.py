"""Chances of a yes or no outcome from any table: leads that may be won, contracts that may end."""
