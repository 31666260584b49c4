"""One text under two models: the difference of the log-probabilities, piece by piece."""
