"""One row a validation: history.csv, logs of fairseq-train, curves."""
