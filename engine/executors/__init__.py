"""Where units of work are done; so far in this process."""
