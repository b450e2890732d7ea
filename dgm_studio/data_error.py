"""The error of data that cannot be used, apart from the contract: whatever reads files for the window comes without torch."""


class DataError(ValueError):
    """Data that cannot be used; the message names the file or value and the cure."""
