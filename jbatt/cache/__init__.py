"""What jbatt keeps between runs, looked at and cleared: `jbatt cache`."""
