"""What somebody typed to look for something."""

import unicodedata

# Of what is kept until the next search: a session is read with every page.
LONGEST_TEXT = 100
# Nobody types more; each word is a condition on every searched text.
MOST_WORDS = 8


def words_of(text: str) -> list[str]:
    """The words that are looked for."""
    # PostgreSQL stores no NUL, and a letter with a loose accent is the same letter to a reader.
    return unicodedata.normalize("NFC", text.replace("\x00", " ")).split()[:MOST_WORDS]
