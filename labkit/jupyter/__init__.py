"""How does it live in Jupyter? Magics, the plugin's built bundle, the nbval helper."""
