"""The window of the doctor: what is wrong with the dataset, with a button for what can be mended."""
