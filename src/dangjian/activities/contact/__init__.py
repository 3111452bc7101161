"""Members who are away or came from elsewhere, and whether the organisation has contact with each: noted, searched for, found."""
