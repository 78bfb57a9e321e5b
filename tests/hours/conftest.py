"""What the tests of the hours wing share: people with keys, and clocks that stand still."""

from __future__ import annotations
