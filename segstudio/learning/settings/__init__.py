"""The settings of a run: a module for each question that a run answers. No Keras: the form reads them too."""
