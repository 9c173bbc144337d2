"""Makes the pictures of the documentation from the dashboard itself."""
