"""Bank transfers: the codes that payers quote, statements of a bank, and whose money a line is. No tables, no clock."""
