"""Tests, intervals and splits: numbers in, numbers out. Knows no linguistics."""
