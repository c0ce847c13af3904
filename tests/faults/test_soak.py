"""Promise: whatever goes wrong night after night, the figures end as if nothing had, and every row is accounted for."""

from collections.abc import Callable

import pytest

from tests.soak.__main__ import soak

pytestmark = pytest.mark.slow
NIGHTS, SEED = 5, 11


def test_five_nights_of_faults_end_in_exact_numbers(measured: Callable[[str], None]) -> None:
    """Five nights with random faults: marts equal those of a home given all files at once. `make soak` runs thirty."""
    verdict = soak(NIGHTS, SEED)
    assert verdict.counted == verdict.written
    assert verdict.differing == []
    measured(f"{NIGHTS} nights, {verdict.counted['read']} rows exact, {verdict.marts} marts: 0 differ")
