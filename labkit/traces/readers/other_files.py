"""Files that labkit does not read: what a file is, by its first bytes, and what to type in order to read it.

Without this, a binary file whose bytes happen to be UTF-8 would count as a text: a database, the weights of a model.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from labkit._host.untrusted import UntrustedError

HEAD = 4096  # bytes that are looked at


class OtherFileError(UntrustedError):
    """A file of a form that labkit does not read.

    Attributes:
        next: what to type in order to read it.
    """

    def __init__(self, why: str, next: str) -> None:
        super().__init__(why)
        self.next = next


class _Form(NamedTuple):
    """How a form begins, what it is as a clause, and what to type; `{}` is the name of the file."""

    begins: bytes
    why: str
    next: str


TABLE = "labkit.open(table)  # a pandas table, or a data set of Hugging Face, that you loaded from this file"
EXPORT = 'labkit.open("thoughts.jsonl")  # after an export of its rows, one JSON object a line'
FORMS = (
    _Form(b"SQLite format 3\x00", "it is a database (SQLite)", EXPORT),
    _Form(b"ARROW1", "it is an Arrow file", 'labkit.open(datasets.Dataset.from_file("{}"))'),
    _Form(b"\xff\xff\xff\xff", "it is an Arrow stream", 'labkit.open(datasets.Dataset.from_file("{}"))'),
    _Form(b"\x28\xb5\x2f\xfd", "it is packed with Zstandard", "unzstd {}  # in a terminal; then open what comes out"),
    _Form(b"7z\xbc\xaf\x27\x1c", "it is a 7z archive", "labkit.open(folder)  # the folder in which you unpacked it"),
    _Form(b"GGUF", "it holds the weights of a model", 'labkit.load("{}")'),
    _Form(b"%PDF", "it is a PDF document", "labkit.Trace.from_text(prompt, text)"),
    _Form(b"\x89PNG", "it is a picture", "labkit.Trace.from_text(prompt, text)"),
    _Form(b"\x80", "it holds saved Python objects, which labkit does not load: they can run code", TABLE),
    _Form(b"\xff\xfe", "its text is in UTF-16, not in UTF-8", 'labkit.open(Path("{}"))  # after saving it as UTF-8'),
    _Form(b"\xfe\xff", "its text is in UTF-16, not in UTF-8", 'labkit.open(Path("{}"))  # after saving it as UTF-8'),
)  # fmt: skip
TAR = _Form(b"ustar", "it is a tar archive", "tar -xf {}  # in a terminal; then labkit.open(folder)")
TAR_AT = 257  # where its mark stands
WEIGHTS = _Form(b"{", "it holds the weights of a model", 'labkit.load("my-model")  # the folder of the file')
WEIGHTS_AT = 8  # of safetensors, after the length of the header
BINARY = _Form(b"\x00", "it is a binary file of a form that labkit does not know", EXPORT)


def require_readable(path: Path) -> None:
    """Refuses a file that is neither text nor a table.

    Raises:
        OSError: the file cannot be opened.
        OtherFileError: it is of another form.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    form = _form_of(head)
    if form is not None:
        raise OtherFileError(form.why, form.next.replace("{}", path.name))


def _form_of(head: bytes) -> _Form | None:
    for form in FORMS:
        if head.startswith(form.begins):
            return form
    if head.startswith(TAR.begins, TAR_AT):
        return TAR
    if b"\x00" in head:
        return WEIGHTS if head.startswith(WEIGHTS.begins, WEIGHTS_AT) else BINARY
    return None
