"""The bench of trials: rendered videos of many people, movements, cameras and rooms, each with its exact truth."""
