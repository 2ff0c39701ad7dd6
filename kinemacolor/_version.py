"""This project's version; setuptools reads it from here."""

__version__ = "0.2.0"
