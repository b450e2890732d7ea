"""What families are built from: learning, classes, gradients, grey levels, and what follows from an ODE."""
