"""Numbers of every kind, which know no formulas: floats, intervals, balls, series."""
