"""Exceptions of the package; each also derives from the built-in one that a script expects."""


class Error(Exception):
    """Base of all exceptions of Glassboard."""


class InvalidInputError(Error, ValueError):
    """An argument has a value or a shape that cannot be used."""


class EmptyInputError(InvalidInputError, IndexError):
    """There are no samples."""


class InvalidTypeError(Error, TypeError):
    """An argument is of a type that cannot be used."""


class FileError(Error, OSError):
    """A file could not be read or written."""


class LaunchError(Error, OSError):
    """The dashboard could not be started."""


class NotFoundError(Error, KeyError):
    """There is no run, tag or file of that name."""

    # A KeyError shows the representation of its argument; a message is a text.
    __str__ = Exception.__str__


class DataLossError(Error, OSError, ValueError):
    """A place of an event file is damaged.

    Attributes
    ----------
    path : str
        The file.
    offset : int
        Byte offset at which the damage begins.
    lost_bytes : int
        How many bytes from there on are lost.
    kind : str
        ``"length_checksum"``, ``"data_checksum"``, ``"too_long"``, ``"cut_tail"`` or ``"protobuf"``.
    """

    def __init__(self, message: str, path: str, offset: int, lost_bytes: int, kind: str) -> None:
        super().__init__(message)
        self.path = path
        self.offset = offset
        self.lost_bytes = lost_bytes
        self.kind = kind
