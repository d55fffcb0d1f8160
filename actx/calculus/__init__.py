"""What can be done with a tree: values, derivatives, enclosures, expansions, pieces, zeros."""
