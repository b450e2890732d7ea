"""Models side by side on one question."""
