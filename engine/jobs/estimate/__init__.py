"""What a job will take, extrapolated from a trial of a little of it."""
