"""Management commands, found here by Django."""
