"""Sections of the page on one process in one model."""
