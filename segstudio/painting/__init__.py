"""A mask in memory and everything that changes it. Knows no Qt and no Keras."""
