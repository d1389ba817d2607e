"""Choosing the right model: exact match, history, curves and checkpoints. Knows phonology; task.py and commands know it."""
