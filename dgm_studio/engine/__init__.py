"""The backend: one cooperative scheduler owns every model. Intents in, events out."""
