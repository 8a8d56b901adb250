"""The samples of learned rules, cut out of the examples."""
