"""Queries and keys captured during generation, within a memory budget."""
