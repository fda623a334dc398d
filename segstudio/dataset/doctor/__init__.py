"""Finds everything that is wrong with a dataset, and mends what can be mended without loss."""
