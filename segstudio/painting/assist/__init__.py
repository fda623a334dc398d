"""Proposals computed from a picture and a person's hints; nothing here changes a mask, and nothing knows Qt."""
