"""Everything that can go wrong because of what a user handed in.

    FilmnetError
    ├── InputError     a photo, video, folder or option that cannot be used
    ├── OutputError    a result that cannot be written
    ├── WeightsError   weights that are missing, damaged or of another architecture
    ├── DeviceError    a device or precision that is not there, or too little memory on it
    └── RecipeError    a training recipe or training data that cannot be used

Each message is one sentence that names the file, the values and the way out.
The command line and the page print it as it is; a program catches `FilmnetError`.
A ValueError or TypeError, in contrast, is a mistake in the calling program.
"""


class FilmnetError(Exception):
    """What a user can put right; the message says how."""


class InputError(FilmnetError):
    """A photo, video, folder or option that cannot be used."""


class OutputError(FilmnetError):
    """A result that cannot be written."""


class WeightsError(FilmnetError):
    """Weights that are missing, damaged, or of another architecture."""


class DeviceError(FilmnetError):
    """A device or precision that is not there, or too little memory on it."""


class RecipeError(FilmnetError):
    """A training recipe or training data that cannot be used."""
