"""Kills at random times: what was there stays, nothing is half-made, and the next run ends like an undisturbed one.

``python -m tests.faults`` kills often and prints its figures; ``test_kills.py`` does it a few times.
"""
