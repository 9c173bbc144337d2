"""Pure values and functions: no input or output, no clock, nothing but the standard library."""
