"""The attention of a trace: heads, tiles, rows, step attention."""
