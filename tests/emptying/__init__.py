"""An app of the test run alone: it may empty tables that nobody else empties."""
