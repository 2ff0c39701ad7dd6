"""A job: what is to be done, doing it, telling of it."""
