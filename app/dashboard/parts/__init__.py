"""Pieces that more than one view is made of."""
