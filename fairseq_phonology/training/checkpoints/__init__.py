"""The checkpoints of a run: the best K, those saved, one in memory, all of a folder scored, one untrained."""
