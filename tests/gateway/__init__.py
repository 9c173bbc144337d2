"""Tests of the gateway against real servers."""
