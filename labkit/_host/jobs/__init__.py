"""The jobs of the bounded process, one module each. A job imports its package in `load`."""
