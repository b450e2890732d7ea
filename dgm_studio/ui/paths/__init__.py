"""The workspace of paths: a plane with an obstacle, and the ways around it."""
