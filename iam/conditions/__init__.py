"""Whether one value satisfies one operator against one wanted value; a file per operator family."""
