"""Models that transformers computes on this machine: sampling, the fast path of small models, recording."""
