# One image for web and workers: docker build -t musicsite .
# The last stage has no compiler, no package cache and no root.
FROM python:3.13-slim AS build
WORKDIR /srv/musicsite
RUN python -m venv .venv
COPY requirements-all.txt ./
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r requirements-all.txt
COPY manage.py ./
COPY musicsite musicsite
COPY jobs jobs
COPY templates templates
COPY static static
ENV MUSICSITE_DATA_DIR=/srv/data MUSICSITE_LOCAL=1
# Static files are part of the image, and so are the better instrument sounds where Debian's packages can be reached.
RUN apt-get update \
    && .venv/bin/python manage.py soundfont --fetch --if-possible \
    && .venv/bin/python manage.py collectstatic --noinput -v 0 \
    && rm -f /srv/data/secret-key \
    && .venv/bin/python -m compileall -q jobs musicsite

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /srv/data --shell /usr/sbin/nologin musicsite
COPY --from=build /srv/musicsite /srv/musicsite
COPY --from=build --chown=musicsite /srv/data /srv/data
WORKDIR /srv/musicsite
ENV PATH=/srv/musicsite/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MUSICSITE_DATA_DIR=/srv/data
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["python", "manage.py"]
CMD ["web", "--host", "0.0.0.0"]
