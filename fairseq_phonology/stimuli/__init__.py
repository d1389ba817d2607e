"""Words of an experiment: classes and controls, crossed designs, real words with their own 2 x 2, own lists."""
