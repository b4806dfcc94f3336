"""The figures of models in words: what each is called, its unit, and what it means in one line."""

from __future__ import annotations

from typing import NamedTuple

SHARE = "%"


class Words(NamedTuple):
    title: str
    unit: str
    meaning: str


WORDS = {
    "average_precision": Words("PR-AUC", "", "Area under precision and recall; 1 is perfect."),
    "pr_auc": Words("PR-AUC", "", "Area under precision and recall; 1 is perfect."),
    "brier": Words("Brier score", "", "Mean squared error of the probability; 0 is perfect."),
    "precision": Words("Precision", SHARE, "Of the alarms at a probability of a half, so many were right."),
    "recall": Words("Recall", SHARE, "Of the failures, so many had an alarm at a half."),
    "held_out_rows": Words("Rows it was judged on", "", "It has not learnt from them."),
    "held_out_failures": Words("Failures among them", "", "Rows that failed of those it was judged on."),
    "failures": Words("Failures it was judged on", "", "In the time that was held out."),
    "announced": Words("Failures announced", "", "Of these, with an alarm within the horizon before."),
    "false_alarm_days": Words("Days with a false alarm", "", "Alarm days that no failure followed."),
    "days": Words("Days it was judged on", "d", "Of all machines together."),
    "rmse": Words("RMSE", "h", "Root of the mean squared error; large errors weigh more."),
    "mae": Words("Mean absolute error", "", "By how much it is off on average."),
    "coverage_90": Words("Truth within the interval", SHARE, "Of a 90 % interval it should be 90 %."),
    "width": Words("Width of the interval", "h", "Mean, from its low to its high end."),
    "horizon": Words("Horizon", "h", "Beyond it no number is said."),
    "replay_alarms": Words("Alarms in the replay", "", "What it would have raised over the stored readings."),
    "replay_known": Words("Known failures in the replay", "", "What people had found in that time."),
    "replay_caught": Words("Failures caught in the replay", "", "Of these, announced by an alarm."),
    "replay_false": Words("False alarms in the replay", "", "Alarms that people had called false."),
    "replay_lead": Words("Median lead in the replay", "h", "From the first alarm to the finding."),
}


def words_of(name: str, measure: str = "") -> Words:
    """Return a figure's words; `measure` says what the loss is. One that has none keeps its name."""
    if name == "loss":
        unit = "h" if "hours" in measure else ""
        return Words("Loss", unit, f"Mean {measure or 'error'} on data it has not seen; less is better.")
    return WORDS.get(name, Words(name.replace("_", " ").capitalize(), "", ""))
