"""One file per policy layer, named as AWS names it; each says what it allows and what it denies."""
