"""Tests of the sandbox that `maestro-tui demo` opens on."""
