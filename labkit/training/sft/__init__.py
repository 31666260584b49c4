"""Supervised fine-tuning: the cold start and distillation (R1 sections 2.3.1, 2.3.3 and 2.4)."""
