"""Import and export: what another program has written becomes a dataset, and the other way round."""
