"""Tests of the dashboard: behaviour by Pilot, looks by stored pictures."""
