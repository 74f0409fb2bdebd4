"""Zones, a federal unit, schools and partners.

The codes 5344, 5906 and 5913 are official; the others start with DEMO, because theirs would be guesses.
"""

import datetime as dt

from courses.models import Provider
from people.enums import OrganisationKind
from people.models import Organisation, OrganisationSuccession

RIVIERENLAND_FROM = dt.date(2023, 1, 1)
WILLEBROEK_UNTIL = dt.date(2022, 12, 31)

# Code: languages; name in NL, FR, DE, EN.
ZONES = {
    "5344": ("nl fr", "Brussel-Noord", "Bruxelles-Nord", "Brüssel-Nord", "Brussels North"),
    "5906": ("nl", "Mechelen-Willebroek", "Malines-Willebroek", "Mecheln-Willebroek", "Mechelen-Willebroek"),
    "5913": ("nl", "Rivierenland", "Rivierenland", "Rivierenland", "Rivierenland"),
    "DEMO-1": ("nl", "Antwerpen (demo)", "Anvers (démo)", "Antwerpen (Demo)", "Antwerp (demo)"),
    "DEMO-2": ("nl", "Gent (demo)", "Gand (démo)", "Gent (Demo)", "Ghent (demo)"),
    "DEMO-3": ("fr", "Luik (demo)", "Liège (démo)", "Lüttich (Demo)", "Liège (demo)"),
    "DEMO-4": ("fr", "Namen (demo)", "Namur (démo)", "Namur (Demo)", "Namur (demo)"),
    "DEMO-5": ("de fr", "Weser-Göhl (demo)", "Weser-Göhl (démo)", "Weser-Göhl (Demo)", "Weser-Göhl (demo)"),
}
OTHERS = {
    "DEMO-FED": (
        OrganisationKind.FEDERAL,
        "nl fr de",
        "Federale wegpolitie (demo)",
        "Police fédérale de la route (démo)",
        "Föderale Straßenpolizei (Demo)",
        "Federal highway police (demo)",
    ),
    "DEMO-VESTA": (OrganisationKind.SCHOOL, "nl", *["Campus Vesta"] * 4),
    "DEMO-PIVO": (OrganisationKind.SCHOOL, "nl", *["PIVO"] * 4),
    "DEMO-ERIP": (
        OrganisationKind.SCHOOL,
        "fr nl",
        "GIP Brussel",
        "ERIP Bruxelles",
        "ERIP-GIP Brüssel",
        "ERIP-GIP Brussels",
    ),
    "DEMO-APPH": (OrganisationKind.SCHOOL, "fr", *["APPH Jurbise"] * 4),
    "DEMO-DOSSIN": (OrganisationKind.PARTNER, "nl fr", *["Kazerne Dossin"] * 4),
    "DEMO-UNIA": (OrganisationKind.PARTNER, "nl fr de", *["Unia"] * 4),
}
PARTNER_OF_PROVIDER = {"kazerne-dossin": "DEMO-DOSSIN", "unia": "DEMO-UNIA"}


def add_organisations() -> dict[str, Organisation]:
    """All of them, by code."""
    organisations = {code: _zone(code) for code in ZONES} | {code: _other(code) for code in OTHERS}
    former, successor = organisations["5906"], organisations["5913"]
    OrganisationSuccession.objects.get_or_create(
        predecessor=former, successor=successor, defaults={"on": RIVIERENLAND_FROM}
    )
    for slug, code in PARTNER_OF_PROVIDER.items():
        Provider.objects.filter(slug=slug).update(organisation=organisations[code])
    return organisations


def _zone(code: str) -> Organisation:
    languages, nl, fr, de, en = ZONES[code]
    names = (f"Politiezone {nl}", f"Zone de police {fr}", f"Polizeizone {de}", f"{en} police zone")
    dates: dict[str, dt.date] = {}
    if code == "5906":
        dates["valid_until"] = WILLEBROEK_UNTIL
    if code == "5913":
        dates["valid_from"] = RIVIERENLAND_FROM
    return _add(code, OrganisationKind.ZONE, languages, names, **dates)


def _other(code: str) -> Organisation:
    kind, languages, *names = OTHERS[code]
    return _add(code, OrganisationKind(kind), languages, tuple(names))


def _add(
    code: str, kind: OrganisationKind, languages: str, names: tuple[str, ...], **dates: dt.date
) -> Organisation:
    translations = dict(zip(("name_nl", "name_fr", "name_de", "name_en"), names, strict=True))
    organisation, _ = Organisation.objects.get_or_create(
        code=code, defaults={"kind": kind, "languages": languages.split(), **translations, **dates}
    )
    return organisation
