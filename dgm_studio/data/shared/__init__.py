"""What data sets share: densities of the plane, picture sets and how they are drawn, shares of classes."""
