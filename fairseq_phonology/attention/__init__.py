"""Attention of models: weights out of stock fairseq, one record a word, dumps on disk, knock-outs, heat maps."""
