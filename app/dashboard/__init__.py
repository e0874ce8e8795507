"""The dashboard shows what the answers say, and decides nothing by itself."""
