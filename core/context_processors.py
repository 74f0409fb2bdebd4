"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def product(request: HttpRequest) -> dict[str, Any]:
    return {
        "PRODUCT_NAME": settings.PRODUCT_NAME,
        "DEMO": settings.DEMO,
        "PROVIDER_NAME": settings.OIDC_NAME,
        "CONTACT_EMAIL": settings.CONTACT_EMAIL,
        "CONTROLLER_NAME": settings.CONTROLLER_NAME,
    }
