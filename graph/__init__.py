"""How facts are kept: the schema, what a snapshot becomes, and the stores that hold it."""
