"""Interventions on a model and its input: plans, runs, effects, and the verdict "uses"."""
