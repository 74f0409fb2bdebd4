"""The WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# What is loaded by now stays. Of what a page makes only its request refers to itself: to look for it after
# every 700 objects costs a page a few per cent; some requests lie a little longer.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 10)
