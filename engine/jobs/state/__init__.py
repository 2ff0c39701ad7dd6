"""A job's records on disk: settings, plan, ledger of finished units, lock."""
