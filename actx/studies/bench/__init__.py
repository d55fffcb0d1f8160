"""What formulas cost to run: timed side by side in one run, relative to relu."""
