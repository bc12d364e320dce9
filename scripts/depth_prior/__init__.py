"""Training of the depth prior."""
