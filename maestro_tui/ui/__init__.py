"""The dashboard: what the operator sees and presses."""
