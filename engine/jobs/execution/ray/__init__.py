"""Where units of work are done: in this process, or in actors of a Ray cluster."""
