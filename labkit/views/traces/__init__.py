"""Many thoughts as a table: measures, histograms, search."""
