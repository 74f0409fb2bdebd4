# The platform and its proxy. Where no engine runs, scripts/replay_dockerfile.py takes the same steps.

FROM python:3.11.14-slim-bookworm AS base
# What WeasyPrint draws certificates with.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    FILES_URL=file:///var/lib/traject/files
WORKDIR /app


FROM base AS build
COPY requirements/tools.txt requirements/base.txt requirements/
# Wheels only, each with the hash that the lock holds: nothing is compiled here.
RUN python -m venv /opt/tools \
    && /opt/tools/bin/pip install --quiet --require-hashes --only-binary :all: --requirement requirements/tools.txt \
    && /opt/tools/bin/uv venv --quiet --no-project /opt/venv \
    && /opt/tools/bin/uv pip sync --quiet --require-hashes --no-build --compile-bytecode \
        --python /opt/venv/bin/python requirements/base.txt
COPY . .
# Settings must be complete to start; what these steps do asks none of the engines that they name.
RUN export SECRET_KEY=of-the-build BASE_URL=http://localhost ALLOWED_HOSTS=localhost \
        DATABASE_URL=postgresql://localhost/none REDIS_URL=redis://localhost EMAIL_URL=smtp://localhost \
    && pybabel --quiet compile --directory locale --domain django \
    && python -m scripts.make_fonts var/fonts \
    && python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q .


FROM caddy:2.11.7-alpine AS proxy
COPY deploy/Caddyfile /etc/caddy/Caddyfile
RUN chown -R 10001:10001 /config /data
USER 10001:10001


FROM base AS app
RUN python -m pip uninstall --quiet --yes --root-user-action ignore pip setuptools wheel \
    && groupadd --gid 10001 traject \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin traject \
    && install --directory --mode 700 --owner traject --group traject \
        /var/lib/traject /var/lib/traject/files /var/lib/traject/beat
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/ready', timeout=8)"]
# Two processes for two cores. Of the threads so many work as the pool has connections (DATABASE_POOL); the others
# wait for one, or for whoever enrols them along in a rush. Whoever comes while all are busy waits in the backlog:
# 5,000 people may press the same button in the same minute. On SIGTERM what has begun is answered first.
CMD ["granian", "--interface=wsgi", "--host=0.0.0.0", "--port=8000", "--http=1", "--no-ws", \
     "--workers=2", "--blocking-threads=16", "--backlog=8192", "--backpressure=4096", \
     "--workers-kill-timeout=30", "--workers-lifetime=12h", "--respawn-failed-workers", \
     "--log-config=config/granian.json", "config.wsgi:application"]
