"""History in and out: imports of files, exports of readings."""
