# The image of a run; `python deploy/deploy.py` builds it. BuildKit is not needed.

# The Prefect version of requirements.txt. deploy.py adds the digest from Dockerfile.lock.
ARG PREFECT=3.9.1-python3.12
FROM prefecthq/prefect:${PREFECT} AS system

# For an index other than PyPI. It stays in this stage, from which only files are copied.
ARG PIP_INDEX_URL
COPY requirements.txt /tmp/
# Install everything again and compile it: the base's packages were not installed by these hashes.
RUN python -m pip install --no-cache-dir --root-user-action=ignore \
        --force-reinstall --require-hashes -r /tmp/requirements.txt
COPY deploy/image/strip.sh /tmp/
RUN sh /tmp/strip.sh

FROM system AS code
COPY docverify /opt/docverify/docverify
COPY tasks /opt/docverify/tasks
COPY flows /opt/docverify/flows
COPY cli /opt/docverify/cli
COPY services /opt/docverify/services
COPY LICENSE /opt/docverify/
RUN rm /opt/docverify/docverify/reading/mrz/ocrb.onnx \
        /opt/docverify/docverify/reading/mrz/ocrb_shapes.png \
        /opt/docverify/docverify/reading/centerface.onnx \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/docverify

FROM scratch AS data
COPY docverify/reading/mrz/ocrb.onnx docverify/reading/mrz/ocrb_shapes.png \
     /opt/docverify/docverify/reading/mrz/
COPY docverify/reading/centerface.onnx /opt/docverify/docverify/reading/
# For sslrootcert in DATABASE_URL: the CAs of RDS are not public.
COPY deploy/image/ca.pem /opt/docverify/

FROM scratch AS programs
COPY --from=code /opt/docverify/tasks /opt/docverify/tasks
COPY --from=code /opt/docverify/flows /opt/docverify/flows
COPY --from=code /opt/docverify/cli /opt/docverify/cli
COPY --from=code /opt/docverify/services /opt/docverify/services
COPY --from=code /opt/docverify/LICENSE /opt/docverify/

# A layer of packages, one of data that seldom change, one of the core, and one of what uses it:
# what was replaced and removed above is in none.
FROM scratch
COPY --from=system / /
COPY --from=data / /
COPY --from=code /opt/docverify/docverify /opt/docverify/docverify
COPY --from=programs / /
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    HOME=/home/docverify \
    LANG=C.UTF-8 \
    PYTHONPATH=/opt/docverify \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    ORT_DISABLE_TELEMETRY=1 \
    DO_NOT_TRACK=1 \
    PREFECT_HOME=/home/docverify/.prefect \
    PREFECT_LOGGING_COLORS=false \
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE=false \
    PREFECT_SERVER_ANALYTICS_ENABLED=false
WORKDIR /home/docverify
USER docverify
# The only folders that a run may write to: on Fargate, the rest of the file system is read-only, and
# a volume has the owner and the permissions that its folder has here.
RUN mkdir .prefect
VOLUME ["/home/docverify/.prefect", "/tmp"]
# deploy.py sets these.
ARG REVISION=unknown
ARG BASE_DIGEST=unknown
ARG REQUIREMENTS=unknown
LABEL org.opencontainers.image.revision=${REVISION} \
    org.opencontainers.image.base.digest=${BASE_DIGEST} \
    docverify.requirements.sha256=${REQUIREMENTS}
ENTRYPOINT ["tini", "-g", "--"]
CMD ["prefect", "flow-run", "execute"]
