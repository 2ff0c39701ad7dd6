"""Jobs: planning what is to be done, doing it unit by unit, and reporting it.

Each package knows those before it alone: formatting, state, planning, reporting, execution,
estimate; `run` is on top.
"""
