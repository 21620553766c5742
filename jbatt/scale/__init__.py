"""A run on several workers: shards of tasks x candidates, on processes of this machine or on a Ray cluster."""
