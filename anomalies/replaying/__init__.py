"""Replay before you switch on: settings over the last days of stored readings, beside those that serve."""
