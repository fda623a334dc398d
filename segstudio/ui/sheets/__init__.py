"""Contact sheets in a window of their own."""
