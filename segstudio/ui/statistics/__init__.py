"""The statistics of a dataset, in a window of their own."""
