"""Adapters that make a local model a first-class one in other frameworks, one module for each.

They speak HTTP to a llamar server, which they start where none runs. Importing this package imports
no framework; each adapter is loaded by its own name.
"""
