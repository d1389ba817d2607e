"""What the model looked at: weights out of stock fairseq, one record a word, dumps on disk, heat maps."""
