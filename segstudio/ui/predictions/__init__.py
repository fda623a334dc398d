"""The Review page: predictions over the pictures."""
