"""An app of the test run alone: a procedure about a person, who takes some of its steps, in two versions."""
