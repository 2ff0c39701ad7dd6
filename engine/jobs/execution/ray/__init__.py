"""The executor of Ray clusters. Importing a module of it imports Ray."""
