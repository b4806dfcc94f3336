"""What the production detectors and models say of real data, one module a task.

Each has `evaluate(data, out, options) -> Iterator[str]`: it writes its predictions below `out` and yields
what to print. No label is read but where a task is supervised, there only in its training part.
"""
