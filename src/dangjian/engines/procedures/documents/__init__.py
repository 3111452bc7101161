"""The papers of the engine itself: the list that lies with the files of a case."""
