"""What people look at: the overlay video, the plots, and a report in one file."""
