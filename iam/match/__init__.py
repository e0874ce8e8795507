"""Whether one element of a statement matches: action, resource, principal."""
