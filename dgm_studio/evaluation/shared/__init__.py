"""What measures share: sets and the errors of statistics of them, learned features, nearest neighbours and classifiers."""
