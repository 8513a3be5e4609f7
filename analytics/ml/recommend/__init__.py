"""Recommendations: what a customer will soon buy again, and what may be new for them."""
