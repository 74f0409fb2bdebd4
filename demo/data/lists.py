"""Lists of people that zone HR has uploaded this morning: one to confirm, one to correct."""

from demo.data.people import People
from demo.jobs import DOMAIN
from people.models import User
from people.services.staff_imports import check_list, receive_list

HEADER = "Stamnummer;Naam;Voornaam;E-mail;Zone;Kader;Graad;Taal"
JOINERS = (
    f"DEMO9001;De Backer;Lotte;lotte.de-backer@{DOMAIN};5913;operationeel;inspecteur;nl",
    f"DEMO9002;Haddad;Samir;samir.haddad@{DOMAIN};5913;CALog;consulent;nl",
)
# From before the zones merged, and typed in a hurry.
TO_CORRECT = (
    f"DEMO9003;Van Gorp;Emiel;emiel.van-gorp@{DOMAIN};5906;operationeel;inspecteur;nl",
    "DEMO9004;Özdemir;Selin;selin.ozdemir@;5913;operationeel;inspecteur;nl",
    ";Claeys;Mathis;;5913;brigade;inspecteur;nl",
)


def add_lists(people: People) -> None:
    hr = people.by_job["hr"]
    promoted = people.staff_rivierenland[0].profile
    row = f"{promoted.staff_number};{promoted.last_name};{promoted.first_name};;5913;;hoofdinspecteur;"
    _upload(hr, *TO_CORRECT)
    _upload(hr, *JOINERS, row)


def _upload(hr: User, *rows: str) -> None:
    # As Excel writes it.
    content = "\r\n".join([HEADER, *rows]).encode("cp1252")
    check_list(staff_import=receive_list(content=content, uploader=hr))
