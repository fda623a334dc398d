"""Times as people say them."""


def time_left(seconds: float | None) -> str:
    """Say how long something takes yet, as precisely as anybody can know; empty if nobody does."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s left"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min left"
    return f"{seconds / 3600:.1f} h left"
