"""What goes into a window and out of it: files, links, drops and exports."""
