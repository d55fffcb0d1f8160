"""Changing one activation into another: schedules, and what the blends on the way are like."""
