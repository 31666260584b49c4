"""The logit lens and the tuned lens over layers and positions."""
