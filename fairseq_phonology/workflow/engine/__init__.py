"""The verb `study`: Snakemake runs in a process of its own; what happens there is said, and all of it ends together."""
