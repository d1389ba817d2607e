"""Attention on disk: HDF5 shards and a manifest, written while words are generated, read by Python and R."""
