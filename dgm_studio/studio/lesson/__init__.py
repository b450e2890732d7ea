"""Lessons as they are played: what a step opens, what a learner predicted and reached, and the formulas of their pages."""
