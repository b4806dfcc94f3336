"""Measurements of the running product, each with the conditions it was taken under."""
