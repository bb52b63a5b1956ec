"""What Python has compiled, where a full disk took only half of it."""

from __future__ import annotations


def half_written(error: BaseException) -> str | None:
    """Return the compiled file at which an import broke off; None if `error` comes from elsewhere.

    Python keeps as much of a compiled module as the disk takes, and every later import of it ends in an
    EOFError, which typer takes for Ctrl-D.
    """
    cause = error.__cause__ or error.__context__
    trace = cause.__traceback__ if isinstance(cause, EOFError) else None
    while trace is not None:
        if path := trace.tb_frame.f_locals.get("bytecode_path"):
            return str(path)
        trace = trace.tb_next
    return None
