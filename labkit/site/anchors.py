"""The anchors of headings, as Jupyter makes them, so that a link of a notebook also works on the site."""


def jupyter_anchor(heading: str) -> str:
    """The anchor of a heading: its text with a hyphen for each space.

    >>> jupyter_anchor("KL divergence")
    'KL-divergence'
    """
    return heading.strip().replace(" ", "-")
