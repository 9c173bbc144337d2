"""Tests of promises about the code itself: imports, shape, untrusted text, the servers of the tests."""
