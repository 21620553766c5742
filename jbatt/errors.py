"""Errors that a user can mend: the shell prints their text, without a traceback."""


class JbattError(Exception):
    """Bad input or usage. The message names the file, the line or task, and what was expected."""
