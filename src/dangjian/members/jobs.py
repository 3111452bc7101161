"""Work of the members' app in the background."""

from dangjian.members.actions import account_runs, first_passwords


def open_accounts(pk: int) -> None:
    """Open the accounts of a run, and make its slips."""
    account_runs.carry_out(pk=pk)


def clear_first_passwords() -> None:
    """What was not printed in time goes."""
    account_runs.give_up_stuck()
    first_passwords.clear_first_passwords()
