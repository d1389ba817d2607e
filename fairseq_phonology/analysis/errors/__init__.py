"""What a model gets wrong: which words, segments and processes."""
