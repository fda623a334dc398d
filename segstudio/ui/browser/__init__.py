"""The dataset browser: thumbnails, their states, and what narrows them down."""
