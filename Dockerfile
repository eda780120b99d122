FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/integrado
COPY requirements.txt ./
RUN /opt/integrado/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md ./
COPY src src
COPY migrations migrations
RUN pip install --no-cache-dir hatchling==1.33.0 \
  && pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir dist . \
  && /opt/integrado/bin/pip install --no-cache-dir --no-deps dist/*.whl \
  && /opt/integrado/bin/python -m compileall -q /opt/integrado/lib

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home --home-dir /home/integrado integrado \
  && install -d -o integrado -g integrado /data
COPY --from=build /opt/integrado /opt/integrado
# Time zones come from the tzdata wheel alone, so that every machine agrees on every clock change.
ENV PATH=/opt/integrado/bin:$PATH \
    PYTHONTZPATH="" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    INTEGRADO_DATA=/data \
    INTEGRADO_KEY_FILE=/run/secrets/integrado_key
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=10s --start-period=20s --retries=3 \
  CMD ["integrado-poster", "status", "--healthy"]
ENTRYPOINT ["integrado-poster"]
CMD ["run"]
