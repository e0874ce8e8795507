"""One file per kind of node; each says what it is and makes its nodes of a snapshot."""
