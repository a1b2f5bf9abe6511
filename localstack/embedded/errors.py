"""What can keep a stack from running."""


class StackError(Exception):
    """Something the user should know, in one line; nothing of the stack goes on running."""
