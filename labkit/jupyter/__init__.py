"""Jupyter integration: magics, the plugin's built bundle, the nbval helper."""
