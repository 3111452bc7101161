"""The forms of the development of members, from the record of the first talk to the list of the archive."""
