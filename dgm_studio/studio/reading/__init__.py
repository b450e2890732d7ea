"""How what is on screen is to be read: of which moment it is, what it is worth, and on what scale."""
