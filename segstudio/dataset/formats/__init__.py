"""Datasets of other programs: recognised, read, and written.

============  ==============================================================================
`listing`     the files of a folder, listed once
`format`      what a format is: how it is recognised, opened and written
`source`      what a folder of another format holds: classes, samples, and their annotations
`annotation`  what is drawn on one picture: a class for every pixel, or objects one over another
`mapping`     which class of the source becomes which class of the dataset
              (`mapping_draft`: while a person changes it; `previewing`: how samples would look)
`dividing`    which sample goes into which split
`importing`   a source and a mapping make a dataset, and a report
`exporting`   a dataset makes a folder of another format, and a report
`building`    a new folder that is there whole or not at all
============  ==============================================================================

Formats whose annotations are mask pictures share:

===============  ===========================================================================
`mask_pictures`  the pixels of a mask of any kind: grey, palette, colours, 1 to 16 bits
`mask_kinds`     what masks hold: ids, colours, one soft-edged object, numbers of objects
`pairing`        which mask belongs to which picture
`legends`        lists of classes in text, JSON, YAML and CSV
`found_classes`  the classes of masks, from such a list and from what was seen
`class_tables`   from numbers and colours to classes
`image_sets`     the folders of PASCAL VOC
`mask_writing`   masks with a palette, or in colours
===============  ===========================================================================

Each format is a module of its own beside these; `registry` lists them. Importing this package
imports none of them.
"""
