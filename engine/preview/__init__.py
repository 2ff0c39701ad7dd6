"""A preview of a job: a few of its pictures before and after, and what the whole would take."""
