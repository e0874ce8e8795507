"""Every question that can be asked by name is one Cypher file; both stores answer it alike."""
