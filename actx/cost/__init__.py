"""What a formula costs to run: its operations counted and weighed."""
