"""What an account has bought, who pays for it, and one-time charges."""
