"""Contrasts of attention between cells: their tests over heads, and the verdict "attends"."""
