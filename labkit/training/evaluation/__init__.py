"""Evaluation: the figures of the model cards, test-time compute, and the figures of the shipped runs."""
