"""Several models: the model is the unit."""
