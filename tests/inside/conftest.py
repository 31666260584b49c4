"""R1-mini, loaded once for the tests of its inside."""

from __future__ import annotations

import pytest

import labkit


@pytest.fixture(scope="session")
def model() -> labkit.models.Model:
    """R1-mini, as shipped."""
    return labkit.load()
