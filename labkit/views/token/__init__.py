"""The tokens of a thought: steps, colours by probability, alternatives."""
