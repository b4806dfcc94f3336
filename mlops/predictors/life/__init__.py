"""What the remaining life is read from: conditions of operation, wear behind the sensors, its path."""
