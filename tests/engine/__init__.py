"""Tests of the running system with a scripted reader and a clock that is told the time."""
