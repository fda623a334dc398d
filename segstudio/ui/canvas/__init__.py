"""The canvas that Label and Review share: same zoom, pan, overlay and peek."""
