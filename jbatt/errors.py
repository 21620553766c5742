"""Errors that a user can mend: the shell prints their text, without a traceback."""


class JbattError(Exception):
    """Bad input or usage. The message names the file, the line or task, and what was expected."""


def printable(text: object) -> str:
    """A text as a terminal may have it: what is not printable (control codes, bytes of no encoding) is escaped.

    Names of files and what stands in them may be anything, also what moves the cursor or sets the window's title.
    """
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in str(text))
