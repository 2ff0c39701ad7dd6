"""The version of Kinemacolor."""

__version__ = "0.2.0"
