"""What is open and known: the session, undo, the state of every run, and how what the engine says becomes it."""
