"""ARC tasks: `load_tasks` reads them from a named data set, a folder or a file, and checks every cell."""

from jbatt.tasks.sources import NAMED_SOURCES, load_tasks
from jbatt.tasks.task import Pair, Task, TaskSet

__all__ = ["NAMED_SOURCES", "Pair", "Task", "TaskSet", "load_tasks"]
