"""The main window: what stands around the views, its commands, dialogs and files, and how it begins and ends."""
