"""A run and all that belongs to it: model, data, training, what is recorded, and the file it is kept in."""
