"""The window. Qt lives here and nowhere else; it shows state and sends intents."""
