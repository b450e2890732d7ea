"""What the engine and those who use it say to each other: run specs, intents and events, and the backend they pass through."""
