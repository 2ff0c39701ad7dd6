"""What a job will do: sources scanned, results named, work cut into units, a backend chosen."""
