"""Films without a window: what is asked for, which moment each frame shows, and the files they are written to."""
