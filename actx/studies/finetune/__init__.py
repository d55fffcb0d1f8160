"""Changing the activation of a trained network: an experiment on data that ships in a package."""
