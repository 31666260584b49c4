"""GRPO: reinforcement learning with rewards that rules compute (R1 sections 2.2 and 2.3.2)."""
