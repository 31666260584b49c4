"""Writers: traces in the forms of other libraries. `labkit.open` reads each of them back, and the traces are equal.

| form | call |
|---|---|
| rows: JSONL, Parquet | `write_rows(traces, "my.jsonl")`; `write_rows(run, "steps.parquet")` has a row for each step |
| rows for `datasets.Dataset.from_list` | `rows_of(traces)` |
| trackio's Trace | `as_trackio(trace)` |
| verifiers' Trace | `as_verifiers(trace)` |
| any file as one of these | `convert("thoughts.parquet", "thoughts.jsonl")`, or the command `labkit convert` |

The forms have fields for text, rewards and some columns of tokens. What they have no field for travels as labkit's own
record, under the key `labkit`; `complete=False` leaves it out.
"""

from labkit.traces.writers.convert import Converted, convert
from labkit.traces.writers.rows import rows_of, write_rows
from labkit.traces.writers.trackio import as_trackio
from labkit.traces.writers.verifiers import as_verifiers

__all__ = ["Converted", "as_trackio", "as_verifiers", "convert", "rows_of", "write_rows"]
