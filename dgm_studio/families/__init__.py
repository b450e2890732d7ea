"""One public file per family, `FAMILY = Family(...)` at its end; shared parts are in _underscored files."""
