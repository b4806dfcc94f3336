"""Whether what a sensor says, or a model is given, has moved away from what was learnt. Rules only."""
