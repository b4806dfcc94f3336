"""What may happen to a model: trained, registered, tried, promoted, rolled back, retired, refused."""

from mlops.services.checking import verify_version, verify_versions
from mlops.services.choosing import choose_model
from mlops.services.outcomes import Told, record_outcome, review_champion, tally_of
from mlops.services.promoting import promote_version, refuse_version, retire_version, roll_back, try_version
from mlops.services.pruning import prune_files
from mlops.services.registering import Draft, register_version
from mlops.services.tables import give_table
from mlops.services.training import fail_training, finish_training, request_training

__all__ = [
    "Draft",
    "Told",
    "choose_model",
    "fail_training",
    "finish_training",
    "give_table",
    "promote_version",
    "prune_files",
    "record_outcome",
    "refuse_version",
    "register_version",
    "request_training",
    "retire_version",
    "review_champion",
    "roll_back",
    "tally_of",
    "try_version",
    "verify_version",
    "verify_versions",
]
