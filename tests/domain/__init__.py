"""Tests of the pure values: tables of cases, no fixtures."""
