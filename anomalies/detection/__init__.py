"""Detection as a pure rule: readings in, moments and findings out. No database, no clock."""
