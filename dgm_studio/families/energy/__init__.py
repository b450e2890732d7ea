"""Energy-based models: a network that is low where data are likely."""
