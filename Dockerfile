# One image for web, worker, beat and migrate.
FROM python:3.12-slim AS build
RUN python -m venv /opt/tandem
COPY requirements.txt /tmp/requirements.txt
RUN /opt/tandem/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
    -r /tmp/requirements.txt

FROM python:3.12-slim
ENV PATH=/opt/tandem/bin:$PATH \
    PSA_NO_BOOTSTRAP=1 \
    TANDEM_PRODUCTION=1 \
    DJANGO_SETTINGS_MODULE=psa.settings \
    MEDIA_ROOT=/data/files \
    MALLOC_ARENA_MAX=2 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 1000 --home-dir /srv/tandem tandem && mkdir -p /data/files && chown -R tandem /data
COPY --from=build /opt/tandem /opt/tandem
WORKDIR /srv/tandem
COPY . .
# Settings want a key of their own in production; this one signs nothing and is not kept.
RUN SECRET_KEY=only-for-collecting-static-files python manage.py messages --compile \
    && SECRET_KEY=only-for-collecting-static-files python manage.py collectstatic --noinput
USER tandem
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "psa/gunicorn.conf.py", "psa.wsgi"]
