"""Reading what people have: one function for each kind of file, which gives numbers and says what it did to get them.

`points.read_points` reads points and their classes, `arrays` what NumPy and IDX files hold, `labels.named` the names of
classes; `pictures` reads pictures, `masks` masks, and `listing` and `arrangement` say what folders hold and mean. Whatever
cannot be used raises `DataError` with a sentence that names the file, the place and the cure.
"""
