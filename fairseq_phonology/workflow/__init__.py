"""A study from one file: what it asks for, the commands that answer it, and the engine that runs them."""
