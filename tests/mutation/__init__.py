"""Mutation testing: is each small change of the code noticed by a test? See RESULTS.md."""
