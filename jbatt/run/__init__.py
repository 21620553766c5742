"""One run: the pipeline from programs and tasks to scores, and the hooks that passes take part at."""
