"""Films of what the window shows: the stage that is filmed, who moves it from frame to frame, and the dialog."""
