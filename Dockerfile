# The rolepath command and its dashboard, as a user without rights, from the hashed locks.
# glibc 2.34 or newer is needed by the embedded store: Debian 12 has 2.36, Alpine has none.
FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
RUN python -m venv /opt/rolepath
WORKDIR /source
COPY requirements.txt requirements-build.txt ./
RUN /opt/rolepath/bin/pip install --no-deps --require-hashes --only-binary :all: -r requirements.txt \
    && python -m pip install --no-deps --require-hashes -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY iam iam
COPY ingest ingest
COPY graph graph
COPY queries queries
COPY app app
RUN python -m pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /wheel . \
    && /opt/rolepath/bin/pip install --no-deps --no-index /wheel/rolepath-*.whl

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data rolepath \
    && install --directory --owner=rolepath --group=rolepath --mode=0700 /data
COPY --from=build /opt/rolepath /opt/rolepath
ENV PATH=/opt/rolepath/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ROLEPATH_HOME=/data \
    HOME=/data
USER rolepath
WORKDIR /data
VOLUME /data
EXPOSE 8501
ENTRYPOINT ["rolepath"]
CMD ["--help"]
