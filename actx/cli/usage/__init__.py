"""How a command line is read, and what its help looks like."""
