"""The built-in passes, one file each; installed, and imported, as `jbatt_plugins`."""
