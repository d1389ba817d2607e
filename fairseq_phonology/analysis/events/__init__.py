"""One word in one model: the outcome at the decision step, the measures of attention, their tables."""
