"""What a test left in the storage of files."""

from django.core.files.storage import default_storage


def stored_files(folder: str = "") -> list[str]:
    """The names of all files, with their folders."""
    folders, files = default_storage.listdir(folder)
    inside = [name for each in folders for name in stored_files(f"{folder}{each}/")]
    return [f"{folder}{name}" for name in files] + inside
