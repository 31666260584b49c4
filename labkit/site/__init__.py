"""The course as a website: lessons with their saved outputs, a gallery, the API reference and the teachers' pages.

`conf.py`, the pages in Markdown, `reference/` and `static/` are the source for Sphinx; `build` assembles them with the
lessons in a temporary folder. Left out: JupyterLite, and views outside the gallery that react without a kernel.
"""
