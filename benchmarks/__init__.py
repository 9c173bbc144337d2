"""Measurements of what the dashboard costs the server and the terminal."""
