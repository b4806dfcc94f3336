"""How readings lie in the database: in months or chunks, with roll-ups; how they go and are read back."""
