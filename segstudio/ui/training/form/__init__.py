"""The settings of the next run, in sections: each knows its part of `TrainingConfig` and nothing of the others."""

from segstudio.ui.training.form.form import TrainingForm

__all__ = ["TrainingForm"]
