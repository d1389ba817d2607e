"""Figures of models beside people."""
