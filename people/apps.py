from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "people"
    verbose_name = _("People and organisations")

    def ready(self) -> None:
        from people import receivers  # noqa: F401

        _check_required_roles()


def _check_required_roles() -> None:
    """Raises ImproperlyConfigured for a role that is none: nobody would be asked for a second factor."""
    from people.enums import Role

    if unknown := set(settings.MFA_REQUIRED_ROLES) - set(Role.values):
        raise ImproperlyConfigured(
            f"MFA_REQUIRED_ROLES names {', '.join(sorted(unknown))}, which is no role. "
            f"There are: {', '.join(Role.values)}."
        )
