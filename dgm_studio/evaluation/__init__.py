"""One file per measure, `MEASURE = Measure(...)` at its end."""
