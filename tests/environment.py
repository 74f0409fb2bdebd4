"""The environment of a test run: settings read it before anything else is imported."""

import gc
import os

os.environ |= {
    "SECRET_KEY": "of-the-tests-only",
    "DEBUG": "false",
    "DEMO": "true",
    "MFA_REQUIRED_ROLES": "",
    "BASE_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "STATICFILES_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
    # Nothing is collected for tests; WhiteNoise wants a folder that exists.
    "STATIC_ROOT": "static",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
}

# With Python's own 700 it looks for garbage thousands of times while the tests are imported, and finds none.
gc.set_threshold(200_000)
