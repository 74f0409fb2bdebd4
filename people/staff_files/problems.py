"""What can be wrong with a list of people, beside what can be wrong with any list."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Problem(models.TextChoices):
    BAD_EMAIL = "bad_email", _("This isn't an e-mail address. Correct it, or leave the cell empty.")
    UNKNOWN_CADRE = "unknown_cadre", _("Write “operational” or “CALog”, or leave the cell empty.")
    UNKNOWN_LANGUAGE = "unknown_language", _("Write “nl”, “fr” or “de”, or leave the cell empty.")
    CLASS_WITHOUT_SCHOOL = "class_without_school", _("Add the code of the school of this class.")
    NO_ORGANISATION = "no_organisation", _("Add the code of the employer's organisation or of the school.")
    UNKNOWN_ORGANISATION = (
        "unknown_organisation",
        _("There is no organisation with the code %(detail)s. Correct the code."),
    )
    EXPIRED_ORGANISATION = (
        "expired_organisation",
        _("This organisation has ended. Write the code of its successor: %(detail)s."),
    )
    ENDED_ORGANISATION = (
        "ended_organisation",
        _("This organisation doesn't exist today. Ask the administrator for its code."),
    )
    NOT_A_SCHOOL = "not_a_school", _("This isn't the code of a school. Correct the code.")
    FOREIGN_ORGANISATION = (
        "foreign_organisation",
        _("You can import only people of %(detail)s. Take this row out."),
    )
    EMAIL_OF_ANOTHER = (
        "email_of_another",
        _("This address belongs to somebody else. Correct it, or leave the cell empty."),
    )
    EMAIL_IN_USE = (
        "email_in_use",
        _("This person signs in with another address. Leave the cell empty: the administrator changes it."),
    )
    SOMEBODY_ELSES = (
        "somebody_elses",
        _(
            "This staff number is not that of one of your people. Check it, and the name. When somebody "
            "comes to you, the organisation before you ends the role first, or the administrator does."
        ),
    )
    KEPT_ELSEWHERE = (
        "kept_elsewhere",
        _(
            "The organisation that brought this person in keeps this up to date. Leave the cell empty, or "
            "ask the administrator."
        ),
    )
    EMPLOYED_ELSEWHERE = (
        "employed_elsewhere",
        _("This person has another employer, who ends the role first. Until then leave the cell empty."),
    )
    AT_ANOTHER_SCHOOL = (
        "at_another_school",
        _("This person is at another school, which ends the role first. Until then leave the cell empty."),
    )
