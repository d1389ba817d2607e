"""Choosing the right model: exact match, history, curves, checkpoints. Knows phonology; task and commands know it."""
