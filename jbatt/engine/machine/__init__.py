"""The machine: one executable that evaluates whole streams of instructions, a row at a time.

On CPU the cost of many small steps is in getting to them: planning a call, packing its arguments, dispatching it. So all
primitives are compiled into one XLA loop with a switch. It reads instructions (which primitive, which slots) and keeps
values in memory of its own; the host only writes the instructions and reads the scores.
"""
