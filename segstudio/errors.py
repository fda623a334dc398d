"""The one error family: what a person can mend, said so that they can."""


class SegstudioError(Exception):
    """Something went wrong that a person can mend.

    ``str(error)`` is one sentence or two that name the thing (file, value) and say what to do.
    Subclasses stand in the module where they arise. Everything else that is raised is a defect.
    """
