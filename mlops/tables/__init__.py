"""Tables that people give to learn from: read and checked, kept under their SHA-256, split, judged."""
