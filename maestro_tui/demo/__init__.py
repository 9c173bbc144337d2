"""A throw-away server on loopback with simulated Maestro services on it, for trying the dashboard safely."""
