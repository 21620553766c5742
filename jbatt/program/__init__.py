"""Programs: read from text, never executed, into one hash-consed expression graph."""

from jbatt.program.constants import CONSTANTS
from jbatt.program.graph import CALL, CONST, INPUT, INVOKE, PRIM, Graph
from jbatt.program.reader import read_programs, read_source
from jbatt.program.records import Program, ProgramSet, Rejected

__all__ = [
    "CALL",
    "CONST",
    "CONSTANTS",
    "INPUT",
    "INVOKE",
    "PRIM",
    "Graph",
    "Program",
    "ProgramSet",
    "Rejected",
    "read_programs",
    "read_source",
]
