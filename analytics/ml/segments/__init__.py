"""Groups of customers that stay the same from run to run, with plain names."""
