"""Watch an open reasoning model think."""

__version__ = "0.1.0"
