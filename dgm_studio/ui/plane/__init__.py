"""A distribution on the plane, seen whole: layers, conditions, drawing, sampling time."""
