"""Figures of the levels of a condition."""
