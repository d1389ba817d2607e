"""Figures of the errors of models."""
