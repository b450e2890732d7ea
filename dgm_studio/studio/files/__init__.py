"""What lies on the disk: the tray of runs, documents, sessions, exports, settings, and what is kept for the next start."""
