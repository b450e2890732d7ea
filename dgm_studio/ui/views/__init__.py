"""Views: what is in the middle of the window. The plane for two dimensions, and the views of the images workspace.

A view draws what it is shown and signals what a person does; none of them computes.
"""
