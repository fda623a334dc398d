"""Datasets of other programs: recognised, read, and written.

============  ==============================================================================
`listing`     the files of a folder, listed once
`format`      what a format is: how it is recognised, opened and written
`source`      what a folder of another format holds: classes, samples, and their annotations
`annotation`  what is drawn on one picture: a class for every pixel, or objects one over another
`mapping`     which class of the source becomes which class of the dataset
`dividing`    which sample goes into which split
`importing`   a source and a mapping make a dataset, and a report
`exporting`   a dataset makes a folder of another format, and a report
============  ==============================================================================

Each format is a module of its own beside these; `registry` lists them. Importing this package
imports none of them.
"""
