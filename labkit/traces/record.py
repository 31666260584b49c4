"""The base class of all records of a trace."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Frozen, with strict field names: an unknown field is an error, not a silent loss."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
