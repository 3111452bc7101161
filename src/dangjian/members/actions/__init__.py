"""Every write of the members' app: the account, reorganisation of branches, the record and its details, groups, proposals, access."""
