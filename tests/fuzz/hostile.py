"""Broken input out of good input: a value in a JSON document replaced by a hostile one, bytes of a file changed.

A case is a short list of changes and no document, so that it can be printed, kept as an example, and made smaller by
hypothesis. `Change.applied` and `Patch.applied` make the document of it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

DEEP, LONG, MANY = "@deep@", "@long@", "@many@"  # stand for what would be too large to write into a case
_LARGE = {DEEP: "[" * 100_000, LONG: '"' + "a" * 300_000 + '"', MANY: "[" + "[]," * 100_000 + "[]]"}

NUMBERS = [0, 1, -1, 2, 7, 255, 2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64, 10**30, 10**400, -(2**31), -(2**63),
           0.5, -0.5, 1e-9, 1e308, -1e308, float("nan"), float("inf"), float("-inf")]  # fmt: skip
TEXTS = ["", "x", " ", "\n", "0", "1", "true", "NaN", "None", "\x00", "\ud800", "\udfff\ud800", "\x1b[2J\x1b]0;a\x07", "<think>",
         "</think>", "\\boxed{1}", "../../x", "/etc/passwd", "a/b", "{{ 1/0 }}", "{% for i in", "é", "😀", "\u202e",
         "ByteLevel", "float64", "cuda", "https://example.invalid/v1", LONG, "9" * 500]  # fmt: skip
VALUES: list[Any] = [None, True, False, *NUMBERS, *TEXTS, [], {}, [[1]], [None], [{}], {"a": 1}, {"": {}}, [1, 2, 3], ["a", "b"],
          [[[[[[1]]]]]], DEEP, MANY]  # fmt: skip
NAMES = ["", "id", "content", "type", "model", "text", "name", "data", "version", "auto_map", "quantization_config", "rope_scaling",
         "attn_implementation", "truncation", "padding", "dtype", "layer_types", "architectures", "tokenizer_class", "\ud800"]  # fmt: skip

values = st.sampled_from(VALUES) | st.integers() | st.floats() | st.text(max_size=12)
steps = st.lists(st.integers(0, 2_000), min_size=1, max_size=7)


class Change(NamedTuple):
    """One change of a JSON document.

    Attributes:
        path: a number for each level, which chooses one of what there is; a path ends where it runs out or meets a
            value that is neither list nor object.
        what: "replace", "delete", "insert", "wrap", "repeat" or "swap".
        value: the new value; of "insert" also the name.
        name: the name of a new value in an object.
    """

    path: list[int]
    what: str
    value: Any = None
    name: str = ""

    def apply(self, document: Any) -> Any:
        """The document with the change made in it."""
        parent, key, here = None, None, document
        value = copy.deepcopy(self.value)  # two changes may share one list: a document must not hold itself
        for step in self.path:
            if not isinstance(here, list | dict) or not here:
                break
            keys = [*here] if isinstance(here, dict) else range(len(here))
            parent, key = here, keys[step % len(keys)]
            here = parent[key]
        if parent is None:
            return value
        if self.what == "delete":
            del parent[key]
        elif self.what == "wrap":
            parent[key] = [here]
        elif self.what == "repeat" and isinstance(here, list):
            parent[key] = (here * 3)[:3_000]
        elif self.what == "insert" and isinstance(here, dict):
            here[self.name] = value
        elif self.what == "insert" and isinstance(here, list):
            here.insert(self.path[-1] % (len(here) + 1), value)
        elif self.what == "swap":
            other = (
                [*parent][self.path[-1] // 7 % len(parent)]
                if isinstance(parent, dict)
                else self.path[-1] % len(parent)
            )
            parent[key], parent[other] = parent[other], parent[key]
        else:
            parent[key] = value
        return document


class Patch(NamedTuple):
    """One change of bytes.

    Attributes:
        at: where, in thousandths of the length.
        what: "put", "insert", "cut", "end" or "repeat".
        data: the new bytes.
        size: how many are cut or repeated.
    """

    at: float
    what: str
    data: bytes = b""
    size: int = 0

    def apply(self, content: bytes) -> bytes:
        """The bytes with the change made in them."""
        at = int(self.at * len(content))
        before, behind = content[:at], content[at:]
        if self.what == "put":
            return before + self.data + behind[len(self.data) :]
        if self.what == "insert":
            return before + self.data + behind
        if self.what == "cut":
            return before + behind[self.size :]
        if self.what == "repeat":
            return before + behind[: self.size] * 3 + behind[self.size :]
        return before


class Case(NamedTuple):
    """Changes of the document, then changes of the bytes that it is written in."""

    changes: list[Change]
    patches: list[Patch]

    def document(self, good: Any) -> Any:
        """A good document with the changes made in it."""
        document = copy.deepcopy(good)
        for change in self.changes:
            document = change.apply(document)
        return document

    def content(self, good: Any) -> bytes:
        """The same as JSON in UTF-8, with the patches made in it."""
        return self.patched(written(self.document(good)))

    def patched(self, content: bytes) -> bytes:
        """Bytes with the patches made in them."""
        for patch in self.patches:
            content = patch.apply(content)
        return content


def written(document: Any) -> bytes:
    """A document as JSON; half a character stands there as it is or escaped, as its neighbours have it."""
    text = json.dumps(document)
    for mark, large in _LARGE.items():
        text = text.replace(f'"{mark}"', large)
    return text.encode()


_KINDS = ["replace"] * 6 + ["delete", "delete", "insert", "insert", "wrap", "repeat", "swap"]
changes = st.builds(
    Change, steps, st.sampled_from(_KINDS), values, st.sampled_from(NAMES) | st.text(max_size=6)
)
patches = st.builds(
    Patch, st.floats(0, 1), st.sampled_from(["put", "put", "insert", "cut", "end", "repeat"]),
    st.binary(min_size=1, max_size=9) | st.sampled_from([b"\xff" * 8, b"\x00" * 8, b'"', b"[", b"{", b"\\", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"NaN"]),
    st.integers(0, 200),
)  # fmt: skip
# Mostly one change: a second one would hide behind the first.
cases = st.builds(Case, st.lists(changes, min_size=1, max_size=3), st.just([])) | st.builds(
    Case, st.lists(changes, max_size=1), st.lists(patches, min_size=1, max_size=3)
)
documents = st.builds(Case, st.lists(changes, min_size=1, max_size=3), st.just([]))


def pieces(*parts: Sequence[str]) -> st.SearchStrategy[str]:
    """Texts made of given pieces and of any other characters."""
    known = [piece for part in parts for piece in part]
    return st.lists(st.sampled_from(known) | st.text(max_size=5), max_size=25).map("".join)
