"""Redis: the only place that knows the shapes of its replies."""
