"""Pairs of underlying and surface forms out of any table: checked, segmented, split, and what was found in them."""
