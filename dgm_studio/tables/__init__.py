"""The measured table: what was found of several runs, without torch, a window or a command line."""
