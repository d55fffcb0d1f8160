"""Statements about formulas, read and decided: `decide` is where one begins (`actx prove`)."""
