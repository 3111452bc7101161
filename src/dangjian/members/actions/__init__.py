"""Every write of the members' app: the account, reorganisation of branches, records and details, groups, proposals, access."""
