"""The fonts of the pages, cut from those of the font packages: the letters of Latin script, as WOFF2.

An eighth of the files that the packages bring; a phone in a corridor loads them before the first page.
"""

import sys
from pathlib import Path

import fontpkg_ibm_plex_sans
import fontpkg_ibm_plex_serif
from fontTools import subset

SANS = Path(fontpkg_ibm_plex_sans.__file__).parent / "files"
SERIF = Path(fontpkg_ibm_plex_serif.__file__).parent / "files"
SOURCES = {
    # All weights and widths in one file.
    "plex-sans.woff2": SANS / "IBMPlexSans[wdth,wght].ttf",
    "plex-serif-medium.woff2": SERIF / "IBMPlexSerif-Medium.ttf",
}
# Latin with its extensions, punctuation, currencies, arrows and signs; other scripts use the system's fonts.
CHARACTERS = "U+0020-024F,U+0300-036F,U+1E00-1EFF,U+2000-206F,U+20A0-20CF,U+2100-22FF,U+25A0-27BF"


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in SOURCES.items():
        subset.main(
            [
                str(source),
                f"--unicodes={CHARACTERS}",
                "--flavor=woff2",
                "--drop-tables+=meta",
                f"--output-file={folder / name}",
            ]
        )


if __name__ == "__main__":
    main()
