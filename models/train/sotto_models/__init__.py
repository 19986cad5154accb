"""The shipped models: their data, their training and what the importer reads."""
