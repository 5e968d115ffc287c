"""The servers of one machine, for the demo and the tests."""
