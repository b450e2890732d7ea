"""Families by branch, each one file that ends in `FAMILY = Family(...)`, beside the parts that only its branch needs.

`shared/` is the toolbox of all. A file dropped beside the rooms is found as well.
"""
