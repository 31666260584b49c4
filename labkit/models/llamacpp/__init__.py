"""GGUF models that llama.cpp computes."""
