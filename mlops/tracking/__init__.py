"""MLflow beside our rows: each version as a run with its file, each champion as an alias. Our rows serve;
MLflow is the record that people and other tools read, and may be away."""
