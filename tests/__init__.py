"""The tests, in the same layers as the package they test."""
