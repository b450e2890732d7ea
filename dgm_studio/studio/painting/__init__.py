"""The canvas as a document without a window, and what is asked about it."""
