"""How did it learn? The recipes of every shipped model: cold start, then GRPO."""
