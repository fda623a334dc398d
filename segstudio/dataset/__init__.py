"""Pictures, masks and classes on disk. Knows no Qt and no Keras."""
