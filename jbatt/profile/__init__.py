"""Where the time of a run goes: by component, by operation, by function."""
