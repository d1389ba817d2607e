"""One run over time: its checkpoints one after the other."""
