"""Trains the sentiment network from public sets and own messages; needs the optional extra `train-text`."""
