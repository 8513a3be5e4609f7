# Rapport for production: the same image runs web, worker, beat and the preparation (see compose.yaml).
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements-ml.txt ./
RUN python3 -m venv /venv && /venv/bin/pip install --require-hashes --no-deps -r requirements-ml.txt
COPY . .
RUN RAPPORT_MODE=production \
    RAPPORT_DATA=/tmp/build \
    RAPPORT_SECRET_KEY=only-for-collecting-files-never-for-serving-a-single-page \
    RAPPORT_SITE_URL=https://localhost \
    DATABASE_URL=postgresql://nobody@localhost/none \
    REDIS_URL=redis://localhost \
    /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /venv/bin/python -m config.messages \
    && rm -rf /tmp/build

FROM ${BASE}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --no-create-home rapport \
    && install --directory --owner rapport --mode 0700 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_WAIT_POLICY=passive \
    RAPPORT_MODE=production \
    RAPPORT_DATA=/data \
    RAPPORT_HOST=0.0.0.0 \
    PORT=8000
WORKDIR /app
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-m", "config.alive"]
CMD ["gunicorn", "--config", "python:config.gunicorn", "config.wsgi"]
