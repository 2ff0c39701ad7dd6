"""What became of every file, and how far a job is: events, reports, progress, status."""
