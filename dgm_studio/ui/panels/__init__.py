"""The panels around the view: set-up, steer, progress, the top bar, the status bar and the notices."""
