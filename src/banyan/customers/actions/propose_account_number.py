"""Propose a free account number (ACC-1)."""

from banyan.accounts.models import Account
from banyan.accounts.numbers import free_numbers


def propose_account_number() -> str:
    """A number that no account has and that is proposed to nobody else."""
    return free_numbers(Account, 1)[0]
