"""The one kind of error that is written for people."""


class EvergreenError(Exception):
    """Something a person can mend.

    The message is one line: what is wrong, where (file, line, column, key), what to do. The command line
    prints it as it is and exits with 1; anything else that is raised is a defect of ours and shows a trace.
    """
