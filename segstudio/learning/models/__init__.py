"""The architectures, as Keras functional models."""
