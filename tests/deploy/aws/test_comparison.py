"""Comparing descriptions of AWS, whatever the order of their parts."""

from deploy.aws.comparison import find_differences


def test_order_of_variables_and_subnets_does_not_matter_and_that_of_a_command_does():
    one, other = ({"name": name, "value": ""} for name in "AB")

    assert not list(find_differences({"environment": [one, other]}, {"environment": [other, one]}))
    assert not list(find_differences({"subnets": ["a", "b"]}, {"subnets": ["b", "a"]}))
    assert list(find_differences({"command": ["a", "b"]}, {"command": ["b", "a"]}))
