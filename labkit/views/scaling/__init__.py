"""Test-time compute: pass@k, maj@k and accuracy against samples or tokens."""
