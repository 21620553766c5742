"""The DSL reference: a page a family of primitives, made from the registry."""
