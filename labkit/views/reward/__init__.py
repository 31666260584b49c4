"""A group of rollouts: rewards with reasons, advantages, the loss."""
