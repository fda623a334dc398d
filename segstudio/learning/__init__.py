"""Training, prediction and evaluation with Keras. Knows no Qt."""
