"""One file per kind of edge; each says what it means and derives its edges of a snapshot."""
