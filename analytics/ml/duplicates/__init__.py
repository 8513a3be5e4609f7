"""Records that may be one and the same: candidates by shared keys, likeness by field, odds learnt without labels."""
