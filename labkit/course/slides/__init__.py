"""The lessons as slides: `outline` decides what is on a slide, `export` writes the pages."""
