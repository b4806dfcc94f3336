"""The demo plant: machines with stated physics and known faults. A pure simulation, no Django."""
