"""The presenter: what a room sees, with the knobs that matter, keys that a clicker has, and panels that come when called."""
