"""What goes wrong on the way to a server, in words; a key is never among them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from labkit.errors import LabkitError

KEY, OPENAI_KEY = "LABKIT_API_KEY", "OPENAI_API_KEY"
NO_KEY = "none"  # what `openai` sends where there is none: it insists on one
SECONDS = 60.0  # without a word from the server; `openai` asks three times
PORTS = "vLLM listens at 8000, llama.cpp at 8080, Ollama at 11434 and SGLang at 30000"
UNKNOWN_MODEL = re.compile(
    r"model.*(not found|not exist|unknown|not available)|pinned to|no such model", re.I | re.S
)
TOO_LONG = re.compile(
    r"context (length|size|window)|maximum context|n_ctx|too many tokens|max_model_len", re.I
)


def library() -> Any:
    """The `openai` package.

    Raises:
        LabkitError: it is not installed.
    """
    try:
        import openai
    except ImportError:
        raise LabkitError(
            "Asking a server needs the package openai.",
            why="its client speaks to vLLM, SGLang, llama.cpp and Ollama alike; labkit itself does not need it.",
            next='pip install "labkit[server]"',
        ) from None
    return openai


def key_for(url: str) -> str:
    """The key of a server, from the environment; that for OpenAI goes to OpenAI and to nobody else.

    Raises:
        LabkitError: it holds what cannot be sent.
    """
    where = urlsplit(url)
    openai_too = where.scheme == "https" and f".{where.hostname}".endswith(".openai.com")
    names = (KEY, OPENAI_KEY) if openai_too else (KEY,)
    for name in names:
        key = os.environ.get(name, "").strip()
        if key and not (key.isascii() and key.isprintable()):
            raise LabkitError(
                f"The key in {name} cannot be sent.",
                why="it holds a character that no key has, a line break perhaps.",
                next=_new_key(name),
            )
        if key:
            return key
    return NO_KEY


def checked(url: str) -> str:
    """The address without a slash at its end.

    Raises:
        LabkitError: it holds a password or a question, which would be shown and saved with it.
    """
    where = urlsplit(url)
    if where.username or where.password or where.query:
        raise LabkitError(
            "The address of a server must hold no name, password or key.",
            why=f"it is shown; a key belongs into the environment ({KEY}).",
            next=f'labkit.load("{where.scheme}://{where.hostname}{_port(url)}{where.path}")',
        )
    return url.rstrip("/")


def refused(error: Exception, url: str, model: str, offered: Sequence[str], key: str = "") -> LabkitError:
    """The sentence for what `openai` raised before the first token.

    Args:
        model: what was asked for; empty while nothing was.
        offered: the models that the server listed.
        key: taken out of whatever the server says.
    """
    openai = library()
    said = _first_line(error, key)
    load = f'labkit.load("{url}"'
    if isinstance(error, openai.APITimeoutError):
        return LabkitError(
            f"{url} does not answer.", why=f"it said nothing for {SECONDS:g} seconds, and three times.",
            next="ask again later; if it is loading a large model, in a few minutes",
        )  # fmt: skip
    if isinstance(error, openai.APIConnectionError):
        return _no_line(error, url)
    status = getattr(error, "status_code", 0)
    if status in (401, 403):
        return LabkitError(f"{url} wants another key.", why=f"labkit takes it from {KEY} and writes it nowhere.",
                           next=_new_key(KEY))  # fmt: skip
    if status in (429, 503):
        return LabkitError(
            f"{url} is busy.", why=f"it was asked three times, and says: {said}.",
            next="ask again in a minute, with fewer rollouts at once: model.sample(prompt, n=4)",
        )  # fmt: skip
    if "<html" in said.lower() or "<!doctype" in said.lower():
        return no_server(url)
    if model and (UNKNOWN_MODEL.search(said) or (status == 404 and offered)):
        pinned = re.search(r"pinned to '([^']+)'", said)
        others = [pinned[1]] if pinned else list(offered)
        there = f"it has {', '.join(others[:8])}." if others else f"it says: {said}."
        return LabkitError(
            f"{url} has no model {model!r}.", why=there, next=f'{load}, model="{others[0] if others else "its-name"}")'
        )  # fmt: skip
    if TOO_LONG.search(said):
        return LabkitError(f"{url} cannot hold so many tokens.", why=f"it says: {said}.",
                           next="model.think(prompt, max_new_tokens=512)  # or a shorter prompt")  # fmt: skip
    if status == 404:
        return no_server(url)
    return LabkitError(f"{url} refused.", why=f"it says: {said}.", next=f"{load}, model=...)")


def no_server(url: str) -> LabkitError:
    """The sentence for an address behind which something else answers."""
    if not urlsplit(url).path.rstrip("/").endswith("/v1"):
        return LabkitError(
            f"{url} is not where a model server has its API.", why="that begins with /v1 on all of them.",
            next=f'labkit.load("{url}/v1")',
        )  # fmt: skip
    where = urlsplit(url)
    return LabkitError(
        f"No model server answers at {url}.", why=f"what answers there is a web page or something else; {PORTS}.",
        next=f'labkit.load("{where.scheme}://{where.hostname}:11434/v1")  # with its port',
    )  # fmt: skip


def several(url: str, offered: Sequence[str]) -> LabkitError:
    """The sentence for a server with several models, or none that it lists, where none was named."""
    if not offered:
        return LabkitError(
            f"{url} does not say which models it has.",
            why="its list is empty or broken, as that of `transformers serve` is.",
            next=f'labkit.load("{url}", model="the-name-that-it-was-started-with")',
        )  # fmt: skip
    return LabkitError(
        f"{url} offers {len(offered)} models.",
        why=f"they are {', '.join(offered[:8])}.",
        next=f'labkit.load("{url}", model="{offered[0]}")',
    )


def _no_line(error: Exception, url: str) -> LabkitError:
    """No connection at all; TLS where there is none is told by its own words."""
    words = " ".join(str(e) for e in _causes(error))
    if url.startswith("https:") and re.search(r"ssl|tls", words, re.I):
        plain = "http:" + url.removeprefix("https:")
        return LabkitError(
            f"{url} does not speak https.", why="whatever listens at that port answers without encryption.",
            next=f'labkit.load("{plain}")',
        ) if "certificate" not in words.lower() else LabkitError(
            f"The certificate of {url} is not one that this machine trusts.",
            why="it is out of date, for another host, or signed by your school or firm itself.",
            next="import os; os.environ['SSL_CERT_FILE'] = \"that-authority.pem\"  # then load it again",
        )  # fmt: skip
    if "disconnected" in words and url.startswith("http:"):
        return LabkitError(
            f"{url} hangs up.", why="something listens there that does not speak http: https perhaps.",
            next=f'labkit.load("https:{url.removeprefix("http:")}")',
        )  # fmt: skip
    return LabkitError(
        f"{url} does not answer.", why=f"no server listens there, or the network is down; {PORTS}.",
        next=f'labkit.load("{url}")  # with its right host and port',
    )  # fmt: skip


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: Exception, key: str) -> str:
    body = getattr(error, "body", None)
    told = body.get("message") or body.get("detail") if isinstance(body, dict) else None
    said = str(told or getattr(error, "message", "") or error).strip()
    line = (said.splitlines() or [type(error).__name__])[0][:300].rstrip(".")
    return hidden(line, key)


def hidden(text: str, key: str) -> str:
    """A text without the key, should the server have said it."""
    return text.replace(key, "...") if key not in ("", NO_KEY) else text


def _new_key(name: str) -> str:
    return f"import os, getpass; os.environ['{name}'] = getpass.getpass()  # then load it again"


def _port(url: str) -> str:
    try:
        port = urlsplit(url).port
    except ValueError:
        return ""
    return f":{port}" if port else ""
