"""The Lessons workspace: the shelf, a lesson beside the live program, its pages with formulas, and painted predictions."""
