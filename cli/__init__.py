"""The `docverify` command."""
