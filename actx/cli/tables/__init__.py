"""What `actx table` has of its own: tables of integers, and what it gives."""
