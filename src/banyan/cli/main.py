"""The program `banyan` (SYS-3)."""


def main() -> None:
    """Run the program."""
