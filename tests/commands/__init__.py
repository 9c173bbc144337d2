"""Tests of the commands as a shell sees them: output, exit codes."""
