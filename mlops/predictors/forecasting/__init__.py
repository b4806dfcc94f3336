"""Forecasts of regular series, direct and many steps at once, with the manner of `mlops.predictors`.

`dataset` is a `History`; `model.predict(past)` takes rows (rows, series), the newest last, and returns the
next (horizon, series). What is trained here looks ahead from the time of day at which the history ends.
"""
