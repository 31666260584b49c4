"""The configuration of Sphinx; `labkit site` copies it beside the lessons."""

from labkit import __version__
from labkit.site.extension import connect as setup  # noqa: F401  # Sphinx calls `setup`

project = "labkit"
author = "labkit contributors"
copyright = author
version = release = __version__
language = "en"
root_doc = "course"  # the front page, index.html, is the playground

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.githubpages",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]

# The lessons are shown as they were saved. A saved view has a widget, which needs a kernel, and HTML, which does not.
nb_execution_mode = "off"
nb_mime_priority_overrides = [
    ("html", "application/vnd.jupyter.widget-view+json", None),
    ("html", "text/html", 0),
    ("html", "image/png", 1),
]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
myst_heading_slug_func = "labkit.site.anchors.jupyter_anchor"
suppress_warnings = [
    "mystnb.unknown_mime_type",
    "myst.header",
]  # the type of a labkit view; the glossary has no level 2

autodoc_class_signature = "separated"  # traitlets gives every widget the signature (*args, **kwargs)
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # an attribute is documented once
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"

# Formulas are drawn by a copy of MathJax in the folder; the page asks no other site for anything.
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {
    "options": {"enableMenu": False},
    "svg": {"fontCache": "local"},
}
mathjax_config_path = ""

html_theme = "furo"
html_title = "labkit"
html_favicon = "static/icon.svg"
html_static_path = ["static"]
html_css_files = ["page.css", "colors.css", "labkit.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1565c0", "color-brand-content": "#1565c0"},
    "dark_css_variables": {"color-brand-primary": "#8ab4f8", "color-brand-content": "#8ab4f8"},
    "navigation_with_keys": True,
}
pygments_dark_style = "lightbulb"
