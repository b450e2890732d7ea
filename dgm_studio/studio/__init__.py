"""The application without a window: session, observable state, commands, undo, canvas, project files."""
