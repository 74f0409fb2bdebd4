"""Invented people: those whom a visitor can be, and the colleagues around them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle

from django.contrib.auth.hashers import make_password

from demo.data.organisations import RIVIERENLAND_FROM, WILLEBROEK_UNTIL
from demo.jobs import JOBS, PASSWORD, Job, address
from people.enums import Cadre, Role
from people.models import Membership, Organisation, Profile, User

STAFF_NL = """
Sofie Aerts, Mehmet Yilmaz, Katrien Baeten, Wout Claessens, Fatima Ouali, Dries Engelen, Hanne Goris,
Bilal Amrani, Joke Heylen, Pieter Jacobs, Aïcha Toure, Lander Koninckx, Emma Lauwers, Rachid Bouzid,
Lies Mertens, Stijn Nuyts, Zeynep Kaya, Bram Ooms, Charlotte Pauwels, Tomasz Nowicki, Eline Raes,
Jef Smets, Naomi Kabongo, Ruben Thijs, Marieke Uyttenhove, Kobe Verelst, Amina Rahimi, Gert Wuyts,
Femke Zegers
"""
STAFF_FR = """
Amélie Bodart, Mohamed Cherkaoui, Chloé Dumoulin, Enzo Ferrara, Grâce Mukendi, Hugo Lambotte, Inès Marchal,
Julien Noirhomme, Kenza Ouahbi, Lucas Piette, Manon Quinet, Nathan Remacle, Paola Santoro, Quentin Thiry
"""
# At Rivierenland, where the figures of the demo are read.
STAFF_RIVIERENLAND = """
Anke Beernaert, Youssef Tahiri, Bart Cornelis, Sanne De Wilde, Ibrahim Sow, Griet Fierens, Hilde Geens,
Jonas Hermans, Kaat Impens, Leen Janssens, Mustafa Demirci, Nick Kerckhofs, Olga Lewandowska, Peter Moens,
Rani Nijs, Soufiane Ouazzani, Tine Peeters, Ulrike Quintens, Veerle Roelants, Wim Stevens, Xander Tack,
Yasmina Ubeda, Zita Van Looy, Amber Wellens
"""
STAFF_DE = "Miriam Pauels, Jannik Theissen"
ASPIRANTS_NL = """
Arno Bogaert, Dounia Haddou, Ferre Cools, Jana Dierckx, Milan Van Hove, Nora Elmas, Sander Ghys, Yara Issa
"""
ASPIRANTS_FR = """
Adrien Collignon, Bintou Diallo, Clara Evrard, Dylan Fontaine, Elif Demir, Florian Gaspard, Hajar Benali,
Loïc Henrotte, Maëlle Jadot
"""
TRAINERS = "Veerle Opsomer, Thibault Roland, Nele Symons, Hélène Wauters"

# Where the colleagues work, one after the other.
ZONES_NL = ("5913", "5344", "DEMO-1", "5913", "DEMO-2", "DEMO-FED")
ZONES_FR = ("5344", "DEMO-3", "DEMO-4", "5344", "DEMO-FED")
# Every fourth colleague is no police officer.
CADRES = (Cadre.OPERATIONAL, Cadre.OPERATIONAL, Cadre.OPERATIONAL, Cadre.CALOG)


@dataclass
class People:
    """Everybody, by job or by group."""

    by_job: dict[str, User] = field(default_factory=dict)
    staff_nl: list[User] = field(default_factory=list)
    staff_rivierenland: list[User] = field(default_factory=list)
    staff_fr: list[User] = field(default_factory=list)
    staff_de: list[User] = field(default_factory=list)
    aspirants_nl: list[User] = field(default_factory=list)
    aspirants_fr: list[User] = field(default_factory=list)
    trainers: list[User] = field(default_factory=list)


class PeopleBuilder:
    def __init__(self, organisations: dict[str, Organisation], *, day: dt.date) -> None:
        self.organisations = organisations
        self.day = day
        self.numbers = count(1)
        # Hashing is slow on purpose: once for all who share it.
        self.password = make_password(PASSWORD)
        self.no_password = make_password(None)

    def build(self) -> People:
        people = People(by_job={job.slug: self._person_with_job(job) for job in JOBS})
        people.staff_nl = self._colleagues(STAFF_NL, "nl", ZONES_NL)
        people.staff_rivierenland = self._colleagues(STAFF_RIVIERENLAND, "nl", ["5913"])
        people.staff_fr = self._colleagues(STAFF_FR, "fr", ZONES_FR)
        people.staff_de = self._colleagues(STAFF_DE, "de", ["DEMO-5"])
        people.aspirants_nl = self._aspirants(ASPIRANTS_NL, "nl", ["5913", "DEMO-1"], school="DEMO-VESTA")
        people.aspirants_fr = self._aspirants(ASPIRANTS_FR, "fr", ["5344", "DEMO-4"], school="DEMO-ERIP")
        for (first, last), language in zip(_names(TRAINERS), cycle(["nl", "fr"]), strict=False):
            trainer = self._person(first, last, language, is_guest=True)
            self._give(trainer, Role.TRAINER, "DEMO-DOSSIN" if len(people.trainers) < 2 else "DEMO-UNIA")
            people.trainers.append(trainer)
        self._give_jobs(people.by_job)
        return people

    def _give_jobs(self, by_job: dict[str, User]) -> None:
        for slug, code in (
            ("staff-nl", "5913"),
            ("staff-fr", "5344"),
            ("staff-de", "DEMO-5"),
            ("trainer", "5344"),
            ("chief", "5913"),
        ):
            self._employ(by_job[slug], code, Cadre.OPERATIONAL)
        for slug, code in (("hr", "5913"), ("catalogue-manager", "5344"), ("administrator", "DEMO-FED")):
            self._employ(by_job[slug], code, Cadre.CALOG)
        for slug, role, code in (
            ("trainer", Role.TRAINER, "DEMO-DOSSIN"),
            ("coordinator", Role.COORDINATOR, "DEMO-VESTA"),
            ("hr", Role.HR, "5913"),
            ("chief", Role.CHIEF, "5913"),
            ("chief", Role.APPROVER, "5913"),
            ("hr", Role.DEPUTY_APPROVER, "5913"),
            ("catalogue-manager", Role.CATALOGUE_MANAGER, "5344"),
            ("partner", Role.PARTNER, "DEMO-UNIA"),
            ("administrator", Role.ADMINISTRATOR, "DEMO-FED"),
        ):
            self._give(by_job[slug], role, code)
        self._enter_school(by_job["aspirant"], "5913", school="DEMO-VESTA")
        User.objects.filter(pk=by_job["administrator"].pk).update(is_staff=True, is_superuser=True)

    def _person_with_job(self, job: Job) -> User:
        language = {"staff-fr": "fr", "staff-de": "de"}.get(job.slug, "nl")
        is_guest = job.slug == "partner"
        return self._person(
            job.first_name, job.last_name, language, is_guest=is_guest, password=self.password
        )

    def _colleagues(self, names: str, language: str, zones: Sequence[str]) -> list[User]:
        colleagues = []
        for (first, last), code, cadre in zip(_names(names), cycle(zones), cycle(CADRES), strict=False):
            colleague = self._person(first, last, language)
            self._employ(colleague, code, cadre)
            colleagues.append(colleague)
        return colleagues

    def _aspirants(self, names: str, language: str, zones: Sequence[str], *, school: str) -> list[User]:
        aspirants = []
        for (first, last), code in zip(_names(names), cycle(zones), strict=False):
            aspirant = self._person(first, last, language)
            self._enter_school(aspirant, code, school=school)
            aspirants.append(aspirant)
        return aspirants

    def _person(
        self, first: str, last: str, language: str, *, is_guest: bool = False, password: str = ""
    ) -> User:
        user = User.objects.create(email=address(first, last), password=password or self.no_password)
        Profile.objects.create(
            user=user,
            first_name=first,
            last_name=last,
            # Guests have no staff number.
            staff_number=None if is_guest else f"DEMO{next(self.numbers):04}",
            administrative_language=language,
        )
        return user

    def _employ(self, user: User, code: str, cadre: Cadre) -> None:
        """Employed for years: at Rivierenland, in the zone before it until they merged."""
        if code == "5913":
            self._give(user, Role.EMPLOYEE, "5906", cadre=cadre, valid_until=WILLEBROEK_UNTIL)
            self._give(user, Role.EMPLOYEE, code, cadre=cadre, valid_from=RIVIERENLAND_FROM)
        else:
            self._give(user, Role.EMPLOYEE, code, cadre=cadre)

    def _enter_school(self, user: User, code: str, *, school: str) -> None:
        """Aspirants have an employer and, for the year of basic training, a school."""
        since = self.day - dt.timedelta(days=120)
        self._give(user, Role.EMPLOYEE, code, cadre=Cadre.OPERATIONAL, valid_from=since)
        self._give(user, Role.ASPIRANT, school, valid_from=since, valid_until=since + dt.timedelta(days=365))

    def _give(
        self,
        user: User,
        role: Role,
        code: str,
        *,
        cadre: Cadre | None = None,
        valid_from: dt.date = dt.date(2019, 9, 1),
        valid_until: dt.date | None = None,
    ) -> None:
        Membership.objects.create(
            user=user,
            organisation=self.organisations[code],
            role=role,
            cadre=cadre or "",
            valid_from=valid_from,
            valid_until=valid_until,
        )


def _names(text: str) -> Iterable[tuple[str, str]]:
    for name in text.replace("\n", " ").split(","):
        first, _, last = name.strip().partition(" ")
        yield first, last
