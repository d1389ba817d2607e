"""From dumps and checkpoints to a folder of results: what the verbs do, as Python functions.

Nothing here needs torch until a model is run.
"""
