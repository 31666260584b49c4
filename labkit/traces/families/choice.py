"""The family and the tags that a user gives for a model or a text that labkit does not know."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from labkit.errors import BadArgument
from labkit.traces.families.family import Tags, around, registered

MAX_TAG = 200  # characters of a tag
NEXT = 'labkit.load("my-model", tags=("<think>", "</think>"))'


def check_family(name: str) -> None:
    """Refuses a name that no registered family has. The name "" is accepted.

    Raises:
        BadArgument: the message lists the nearest names.
    """
    names = [family.name for family in registered()]
    if not name or name in names:
        return
    lower = name.lower()
    near = [known for known in names if known in lower or (len(lower) > 1 and lower in known)]
    near += get_close_matches(lower, names, n=3, cutoff=0.5)
    near = list(dict.fromkeys(near))[:3]
    listed = f"names like it are {', '.join(near)}" if near else f"it has {', '.join(names[:4])} and others"
    raise BadArgument(
        f"labkit knows no family {name[:60]!r}.",
        why=f"{listed}; `labkit families` lists them all.",
        next=f'family="{near[0]}"  # or give the tags of the thought: tags=("<think>", "</think>")'
        if near
        else NEXT,
    )


def tags_of_pair(pair: Sequence[str], family: str = "") -> Tags:
    """The tags with this opening and this closing text.

    Args:
        pair: the opening tag, which may be "" if the chat template writes it, and the closing tag.
        family: of several families with these tags, the one whose text around the tags is taken.

    Raises:
        BadArgument: the pair is not two texts, the closing tag is empty, or a tag is too long.

    >>> tags_of_pair(["<reason>", "</reason>"]).close
    '</reason>'
    """
    texts = list(pair)
    if isinstance(pair, str) or len(texts) != 2 or not all(isinstance(text, str) for text in texts):
        raise BadArgument(
            f"tags={pair!r:.80} is not possible.",
            why="tags are two texts: what opens the thought and what closes it.",
            next=NEXT,
        )
    opening, closing = texts
    if not closing.strip():
        raise BadArgument(
            "The closing tag is empty.",
            why="the answer begins behind it; only the opening tag may be empty, if the template writes it.",
            next=NEXT,
        )
    if max(map(len, texts)) > MAX_TAG:
        raise BadArgument("A tag is too long.", why=f"it has at most {MAX_TAG} characters.", next=NEXT)
    return around(opening, closing, family)
