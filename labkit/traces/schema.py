"""The JSON Schema of a trace file, for other programs that write or check traces.

The site publishes it as `schema/trace-1.json`. The number is the version of the format, which stands in each file: a
file with an unknown version is refused. Within a version, fields may be added that a file may leave out.
"""

from __future__ import annotations

from typing import Any

from labkit.traces.trace import MIME, VERSION, Trace

NAME = f"trace-{VERSION}.json"


def trace_schema() -> dict[str, Any]:
    """The schema, in the draft 2020-12 of JSON Schema; `$id` is its name, so that its place may be any.

    >>> schema = trace_schema()
    >>> schema["$id"], schema["required"]
    ('trace-1.json', ['version', 'model', 'prompt', 'text', 'finish'])
    """
    schema = Trace.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": NAME,
        "contentMediaType": MIME,
        **schema,
        "required": ["version", *schema["required"]],
    }
