"""Looking at sensors, and at what models are given, for drift: which readings, against which reference."""
