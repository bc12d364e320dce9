"""Many videos: which trials there are, what is done already, workers or a cluster, and one table at the end."""
