"""Lessons: folders of text that a program plays, with predictions and goals. What one is, how it is read, checked and judged,
and what a learner has done of it; who plays one is above. No torch, no Qt."""
