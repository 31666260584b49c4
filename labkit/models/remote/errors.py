"""Error messages for failed requests to a server; they never contain the API key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from labkit._host.extras import install_command
from labkit._printable import printable
from labkit.errors import BadArgument, LabkitError, ModelNotFound, ServerError
from labkit.models.prompts import EXAMPLE

KEY, OPENAI_KEY = "LABKIT_API_KEY", "OPENAI_API_KEY"
NO_KEY = "none"  # sent if there is no key, since `openai` requires one
TIMEOUT_SECONDS = 60.0  # timeout of a silent server; `openai` tries three times
PORTS = "vLLM listens at 8000, llama.cpp at 8080, Ollama at 11434 and SGLang at 30000"
UNKNOWN_MODEL = re.compile(
    r"model.*(not found|not exist|unknown|not available)|pinned to|no such model", re.I | re.S
)
TOO_LONG = re.compile(
    r"context (length|size|window)|maximum context|n_ctx|too many tokens|max_model_len", re.I
)
NO_BASE = re.compile(
    r"/(?:v\d+|chat|completions|models)(?:/|$)", re.I
)  # suffixes that people paste after the base URL
ARGUMENTS = {name: name for name in ("temperature", "top_p", "top_k", "seed")} | {
    "max_tokens": "max_new_tokens", "chat_template_kwargs": "thinking", "reasoning_effort": "thinking"
}  # fmt: skip


def import_openai() -> Any:
    """The `openai` package.

    Raises:
        LabkitError: `openai` is not installed.
    """
    try:
        import openai
    except ImportError:
        raise LabkitError(
            "Asking a server needs the package openai.",
            why="its client speaks to vLLM, SGLang, llama.cpp and Ollama alike; labkit itself does not need it.",
            next=install_command("server"),
        ) from None
    return openai


def to_labkit_error(
    error: Exception, url: str, model: str, offered: Sequence[str], key: str = ""
) -> LabkitError:
    """The error for an exception of `openai` before the first token.

    Args:
        model: the requested model; empty before the first request.
        offered: the models that the server lists.
        key: the API key, which is removed from messages of the server.
    """
    openai = import_openai()
    message = _first_line(error, key)
    if isinstance(error, openai.APITimeoutError):
        return ServerError(
            f"{url} does not answer.", why=f"it sent nothing for {TIMEOUT_SECONDS:g} seconds, and three times.",
            next="ask again later; if it is loading a large model, in a few minutes",
        )  # fmt: skip
    if isinstance(error, openai.APIConnectionError):
        return _connection_error(error, url, loading=not model)
    status = getattr(error, "status_code", 0)
    if status == 429 or (status == 503 and not _is_page(error)):
        return ServerError(
            f"{url} is busy.", why=f"it was asked three times, and says: {message}.",
            next="ask again in a minute, with fewer rollouts at once: model.sample(prompt, n=4)",
        )  # fmt: skip
    if status == 407 or (_is_page(error) and (status in (401, 403) or status >= 500)):
        return _proxy_error(status, url)
    if status in (401, 403):
        return ServerError(
            f"{url} does not accept the API key.",
            why=f"labkit takes it from {KEY} and writes it nowhere.",
            next=new_key(KEY),
        )
    if _is_page(error):
        return no_server_error(url)
    if model and (UNKNOWN_MODEL.search(message) or (status == 404 and offered)):
        pinned = re.search(r"pinned to '([^']+)'", message)
        others = [pinned[1]] if pinned else list(offered)
        models = f"it has {', '.join(others[:8])}." if others else f"it says: {message}."
        return ModelNotFound(
            f"{url} has no model {model!r}.", why=models,
            next=f'labkit.load("{url}", model={quoted(others[0] if others else "its-name")})',
        )  # fmt: skip
    if TOO_LONG.search(message):
        return BadArgument(f"{url} cannot hold so many tokens.", why=f"it says: {message}.",
                           next="model.think(prompt, max_new_tokens=512)  # or a shorter prompt")  # fmt: skip
    if status == 404:
        return no_server_error(url)
    if status >= 500:
        return ServerError(f"{url} failed.", why=f"it says: {message}.",
                           next="ask again in a minute; what the server itself prints tells more")  # fmt: skip
    return ServerError(f"{url} refused.", why=f"it says: {message}.", next=_next_step(message, url, model))


def no_server_error(url: str) -> ServerError:
    """The error for an address where something else answers."""
    path = urlsplit(url).path
    if not path.endswith("/v1"):
        before = NO_BASE.split(path, maxsplit=1)[0]
        return ServerError(
            f"{url} is not where a model server has its API.", why="that begins with /v1 on all of them.",
            next=f'labkit.load("{host(url)}{before}/v1")',
        )  # fmt: skip
    return ServerError(
        f"No model server answers at {url}.", why=f"what answers there is a web page or something else; {PORTS}.",
        next=f'labkit.load("{re.sub(r":[0-9]+$", "", host(url))}:11434/v1")  # with its port',
    )  # fmt: skip


def no_stream_error(url: str, kind: str) -> ServerError:
    """The error for a response that is not a stream; `kind` is its content type."""
    if "html" in kind:
        return _proxy_error(200, url)
    return ServerError(
        f"{url} does not send its answer word by word.", why=f"it was asked for a stream, and sent {kind[:60]}.",
        next=f'labkit.load("{url}")  # with the address of a server that streams: {PORTS}',
    )  # fmt: skip


def _proxy_error(status: int, url: str) -> ServerError:
    """The error for a proxy that answers in place of the server."""
    if status >= 500:
        return ServerError(
            f"A proxy answers in place of {url}.", why=f"it does not reach the server behind it (status {status}).",
            next="ask again in a minute; if that does not help, the server is down",
        )  # fmt: skip
    name = urlsplit(url).hostname
    return ServerError(
        f"A proxy answers in place of {url}.", why=f"it does not let the question through (status {status}).",
        next=f"import os; os.environ['NO_PROXY'] = '{name}'  # past the proxy, if that is allowed; then load it again",
    )  # fmt: skip


def _is_page(error: Exception) -> bool:
    """Whether the response is an HTML page."""
    text = getattr(getattr(error, "response", None), "text", "")
    return re.match(r"\s*<(!doctype|html)", text, re.I) is not None


def _next_step(message: str, url: str, model: str) -> str:
    """The advice after a refusal: leave out the argument that the server names, or change the prompt."""
    if not model:
        return f'labkit.load("{url}", model="its-name")'
    named = next((ours for theirs, ours in ARGUMENTS.items() if re.search(rf"\b{theirs}\b", message)), "")
    return f'model.think("{EXAMPLE}")' + (f"  # without {named}" if named else "")


def several_models_error(url: str, offered: Sequence[str]) -> BadArgument:
    """The error for a missing `model=` if the server lists several models, or no models."""
    if not offered:
        return BadArgument(
            f"{url} does not say which models it has.",
            why="its list is empty or broken, as that of `transformers serve` is.",
            next=f'labkit.load("{url}", model="the-name-that-it-was-started-with")',
        )  # fmt: skip
    return BadArgument(
        f"{url} offers {len(offered)} models.",
        why=f"they are {', '.join(offered[:8])}.",
        next=f'labkit.load("{url}", model={quoted(offered[0])})',
    )


def _connection_error(error: Exception, url: str, *, loading: bool) -> ServerError:
    """The error for a failed connection; TLS on an HTTP port has its own message."""
    words = " ".join(str(e) for e in _causes(error))
    if url.startswith("https:") and re.search(r"ssl|tls", words, re.I):
        plain = "http:" + url.removeprefix("https:")
        return ServerError(
            f"{url} does not speak https.", why="whatever listens at that port answers without encryption.",
            next=f'labkit.load("{plain}")',
        ) if "certificate" not in words.lower() else ServerError(
            f"The certificate of {url} is not one that this machine trusts.",
            why="it is out of date, for another host, or signed by your school or firm itself.",
            next="import os; os.environ['SSL_CERT_FILE'] = \"that-authority.pem\"  # then load it again",
        )  # fmt: skip
    if "disconnected" in words and not loading:
        return ServerError(
            f"{url} closes the connection.",
            why="it ended before it answered, and three times: the server may have died.",
            next="ask again in a minute; what the server itself prints tells more",
        )  # fmt: skip
    if "disconnected" in words and url.startswith("http:"):
        return ServerError(
            f"{url} closes the connection.", why="something listens there that does not speak http: https perhaps.",
            next=f'labkit.load("https:{url.removeprefix("http:")}")',
        )  # fmt: skip
    return ServerError(
        f"{url} does not answer.", why=f"no server listens there, or the network is down; {PORTS}.",
        next=f'labkit.load("{url}")  # with its right host and port',
    )  # fmt: skip


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: Exception, key: str) -> str:
    body = getattr(error, "body", None)
    reported = body.get("message") or body.get("detail") if isinstance(body, dict) else None
    message = str(reported or getattr(error, "message", "") or error).strip()
    line = (redact(message, key).splitlines() or [type(error).__name__])[0]
    return line[:300].rstrip(".")


def quoted(name: str) -> str:
    r"""A name from a server in quotation marks, safe to paste: the name cannot close the quotation.

    >>> print(quoted('x"); import os  # '))
    "x\"); import os  # "
    """
    return json.dumps(name, ensure_ascii=False)


def redact(text: str, key: str) -> str:
    """A text of a server with the API key and escape sequences removed."""
    text = printable(text)  # first: an escape sequence in the middle of the key would hide it
    return text.replace(key, "...") if key not in ("", NO_KEY) else text


def new_key(name: str) -> str:
    """The line that sets an API key without showing it."""
    return f"import os, getpass; os.environ['{name}'] = getpass.getpass()  # then load it again"


def host(url: str) -> str:
    """Scheme and host of an address, without user name and password."""
    where = urlsplit(url)
    return f"{where.scheme}://{where.netloc.rpartition('@')[2]}"
