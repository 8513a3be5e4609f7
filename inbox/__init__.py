"""What they say to us and we to them."""
