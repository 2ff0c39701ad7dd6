"""What `kinemacolor bench` measures: generated media, stages alone, whole jobs, the machine."""
