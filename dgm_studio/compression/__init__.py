"""Files without loss: arithmetic coding by the probabilities of a model, and the container around it."""
