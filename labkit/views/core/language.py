"""The language of the views: English, or a language of the files in `labkit/frontend/locales/`."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

from labkit._arguments import checks_arguments
from labkit._names import nearest
from labkit.errors import BadArgument

WORDS = Path(__file__).parents[1] / "static" / "words"
VARIABLE = "LABKIT_LANGUAGE"  # for a server of a class: the language without a call in each notebook

_chosen: str | None = None


def languages() -> list[str]:
    """The codes of the languages that the views know.

    >>> languages()
    ['de', 'en']
    """
    return sorted(path.stem for path in WORDS.glob("*.js"))


@checks_arguments
def set_language(language: str | None) -> None:
    """Sets the language of the views that are made from now on; open views of the page change with them.

    Saved pictures, plain text and error messages stay English, and so does what the model wrote. Without a call
    the environment variable `LABKIT_LANGUAGE` decides. Without that the page decides: in JupyterLab labkit's plugin
    has a setting.

    Args:
        language: `"de"` for German, `"en"` for English; None leaves it to the page again.

    Raises:
        BadArgument: the views do not know the language.

    >>> set_language("en")
    >>> set_language(None)
    """
    global _chosen
    _chosen = None if language is None else _known(language)


def language_script() -> str:
    """The JavaScript that gives a page the chosen language; empty if no language is chosen."""
    language = _chosen or os.environ.get(VARIABLE, "")
    return _script(_known(language)) if language else ""


def _known(language: str) -> str:
    """The code of a language; `de-AT` and `de_DE.UTF-8` are German."""
    known = languages()
    code = re.split("[-_]", language)[0].lower()
    if code in known:
        return code
    near = nearest(language, known)
    raise BadArgument(
        f"The views have no language {language!r}.",
        why=f"they know {', '.join(known)}.",
        next=f"labkit.set_language({near or 'de'!r})",
    )


@cache
def _script(language: str) -> str:
    return (WORDS / f"{language}.js").read_text("utf-8")
