"""Texts to vectors, and texts in the order in which they answer a query: models that do not write."""
