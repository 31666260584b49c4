"""A training run: curves over steps, held-out checks, rollouts."""
